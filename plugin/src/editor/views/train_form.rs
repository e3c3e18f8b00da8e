//! The choices in the Train panel, their first values, and the requests to count the training data.

use std::collections::BTreeSet;

use earmark_core::protocol::{
    BackgroundMargin, ClassStats, Command, Show, TrainRequest, TrainingCounts, View,
};

use super::pack_form::PackForm;
use super::training_data::TrainingDataForm;

/// The choices in the panel.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainForm {
    pub positive_classes: BTreeSet<String>,
    pub negative_class: Option<String>,
    pub use_hard_negatives: bool,
    pub include_scan_exports: bool,
    /// The name of the next classifier; may be empty.
    pub name: String,
    pub background_margin: BackgroundMargin,
    /// The user has chosen something, so the form suggests no more.
    pub touched: bool,
    pub data: TrainingDataForm,
    pub pack: PackForm,
    /// The profile and model of the choices.
    subject: (String, String),
    /// The last request to count, and the revision of the view at that time.
    asked: Option<(u64, Option<TrainRequest>)>,
}

impl Default for TrainForm {
    fn default() -> Self {
        Self {
            positive_classes: BTreeSet::new(),
            negative_class: None,
            use_hard_negatives: true,
            include_scan_exports: false,
            name: String::new(),
            background_margin: BackgroundMargin::default(),
            touched: false,
            data: TrainingDataForm::default(),
            pack: PackForm::default(),
            subject: Default::default(),
            asked: None,
        }
    }
}

impl TrainForm {
    /// Suggests the choices of the last training, or the only class, until the user chooses. Another profile or model starts
    /// again.
    pub fn suggest(&mut self, view: &View) {
        if self.subject.0 != view.shown.profile || self.subject.1 != view.shown.model {
            *self = Self {
                subject: (view.shown.profile.clone(), view.shown.model.clone()),
                pack: std::mem::take(&mut self.pack),
                ..Self::default()
            };
        }
        if self.touched {
            return;
        }
        let classes = classes_of(view);
        let exists = |name: &&String| {
            let mut classes = classes.iter();
            classes.any(|class| class.name == **name && class.clips > 0)
        };
        if let Some(last) = &view.learning.last_training {
            self.positive_classes = last
                .positive_classes
                .iter()
                .filter(exists)
                .cloned()
                .collect();
            self.negative_class = last.negative_class.as_ref().filter(exists).cloned();
            self.use_hard_negatives = last.use_hard_negatives;
            self.include_scan_exports = last.include_scan_exports;
            self.name.clone_from(&last.name);
            self.background_margin = last.background_margin;
            return;
        }
        self.positive_classes = match (view.learning.classifiers.first(), classes) {
            (Some(latest), _) => latest.classes.iter().filter(exists).cloned().collect(),
            (None, [only]) => BTreeSet::from([only.name.clone()]),
            (None, _) => BTreeSet::new(),
        };
    }

    /// Trains this class, and no other, from now on.
    pub fn choose(&mut self, class: String) {
        self.touched = true;
        if self.negative_class.as_ref() == Some(&class) {
            self.negative_class = None;
        }
        self.positive_classes = BTreeSet::from([class]);
    }

    /// The request with the present choices, the checked classes in the order of `classes`.
    pub fn request(&self, classes: &[ClassStats]) -> TrainRequest {
        let offered = classes.iter().filter(|class| class.clips > 0);
        let names = offered.map(|class| &class.name);
        TrainRequest {
            name: self.name.trim().to_owned(),
            positive_classes: names
                .clone()
                .filter(|name| self.positive_classes.contains(*name))
                .cloned()
                .collect(),
            negative_class: names
                .clone()
                .find(|name| Some(*name) == self.negative_class.as_ref())
                .filter(|name| !self.positive_classes.contains(*name))
                .cloned(),
            use_hard_negatives: self.use_hard_negatives,
            include_scan_exports: self.include_scan_exports,
            background_margin: self.background_margin,
        }
    }

    /// Asks the engine to count the data for the present choices, or to stop when the panel closes. Asks once for each view
    /// without the answer, because a new instance behind the window knows nothing of the request.
    pub fn consider(&mut self, is_open: bool, view: &View) -> Option<Command> {
        let wanted = is_open.then(|| self.request(classes_of(view)).to_count());
        let answered = view
            .learning
            .training
            .as_ref()
            .map(|training| &training.request);
        if answered == wanted.as_ref() {
            return None;
        }
        let asked = (view.revision, wanted);
        if self.asked.as_ref() == Some(&asked) {
            return None;
        }
        self.asked = Some(asked.clone());
        Some(Command::Show(Show::TrainingCounts(asked.1)))
    }
}

/// The engine's counts, if there are any.
pub fn counts_of(view: &View) -> Option<&TrainingCounts> {
    view.learning.training.as_ref()?.counts.as_deref()
}

/// The classes to choose from, with those of scan exports if the user includes them.
pub fn classes_of(view: &View) -> &[ClassStats] {
    counts_of(view).map_or(&view.marks.classes, |counts| &counts.classes)
}

#[cfg(test)]
mod tests {
    use earmark_core::protocol::MarksView;

    use super::*;

    fn class(name: &str) -> ClassStats {
        ClassStats {
            name: name.to_owned(),
            files: 1,
            clips: 3,
        }
    }

    fn view(classes: &[&str]) -> View {
        View {
            marks: MarksView {
                classes: classes.iter().map(|name| class(name)).collect(),
                ..MarksView::default()
            },
            ..View::default()
        }
    }

    #[test]
    fn the_only_class_is_suggested_and_several_are_not() {
        let mut form = TrainForm::default();
        form.suggest(&view(&["door"]));
        assert_eq!(form.positive_classes.len(), 1);
        form.suggest(&view(&["door", "bell"]));
        assert!(form.positive_classes.is_empty());
    }

    #[test]
    fn the_last_training_is_suggested_with_its_switches_and_without_classes_that_are_gone() {
        let mut form = TrainForm::default();
        let mut trained = view(&["door", "bell"]);
        trained.learning.last_training = Some(TrainRequest {
            positive_classes: vec![String::from("gone"), String::from("door")],
            negative_class: Some(String::from("bell")),
            use_hard_negatives: false,
            include_scan_exports: true,
            name: String::from("doors"),
            background_margin: BackgroundMargin::new(30.0),
        });
        form.suggest(&trained);
        assert_eq!(
            form.request(&trained.marks.classes),
            TrainRequest {
                positive_classes: vec![String::from("door")],
                negative_class: Some(String::from("bell")),
                use_hard_negatives: false,
                include_scan_exports: true,
                name: String::from("doors"),
                background_margin: BackgroundMargin::new(30.0),
            }
        );
        form.touched = true;
        form.suggest(&view(&["door"]));
        assert!(!form.use_hard_negatives, "what the user chose stays");
        let mut other = view(&["door", "bell"]);
        other.shown.profile = String::from("foley");
        form.suggest(&other);
        assert!(form.use_hard_negatives && form.positive_classes.is_empty());
        assert_eq!(form.background_margin, BackgroundMargin::default());
    }

    #[test]
    fn a_class_is_never_both_positive_and_negative() {
        let form = TrainForm {
            positive_classes: BTreeSet::from([String::from("door")]),
            negative_class: Some(String::from("door")),
            ..TrainForm::default()
        };
        assert_eq!(form.request(&[class("door")]).negative_class, None);
    }

    #[test]
    fn the_engine_is_asked_once_for_each_view_that_does_not_answer() {
        let mut form = TrainForm::default();
        let mut shown = view(&["door"]);
        form.suggest(&shown);
        let asked = form.consider(true, &shown);
        assert!(matches!(
            asked,
            Some(Command::Show(Show::TrainingCounts(Some(_))))
        ));
        assert_eq!(form.consider(true, &shown), None);
        shown.revision += 1;
        assert_eq!(form.consider(true, &shown), asked, "nobody has answered");
        shown.revision += 1;
        shown.learning.training = Some(earmark_core::protocol::TrainingView {
            request: form.request(&shown.marks.classes),
            counts: None,
        });
        assert_eq!(form.consider(true, &shown), None);
        form.name = String::from("doors");
        form.background_margin = BackgroundMargin::new(5.0);
        assert_eq!(form.consider(true, &shown), None, "neither is counted");
        assert_eq!(
            form.consider(false, &shown),
            Some(Command::Show(Show::TrainingCounts(None)))
        );
    }
}
