//! The About panel: versions, licences, models and paths, as text that the user can copy.

use earmark_core::protocol::Survey;
use egui::{Label, RichText, ScrollArea, Ui};

use crate::editor::action::{Action, Panel};
use crate::editor::widgets::{panel_heading, weak};

/// The parts that Earmark contains, with their licences.
const PARTS: [(&str, &str); 8] = [
    ("ONNX Runtime", "MIT"),
    ("SQLite", "public domain"),
    ("nice-plug", "ISC"),
    ("egui, baseview", "MIT or Apache-2.0"),
    ("Ubuntu font", "Ubuntu Font Licence 1.0"),
    ("Hack font", "MIT and Bitstream Vera"),
    ("Symphonia", "MPL-2.0, github.com/pdeljanov/Symphonia"),
    (
        "All other Rust crates",
        "MIT, Apache-2.0, ISC, BSD, Zlib or MPL-2.0; `cargo tree --format '{p} {l}'` lists them",
    ),
];

/// Draws the panel.
pub fn show(ui: &mut Ui, survey: Option<&Survey>) -> Vec<Action> {
    let mut actions = Vec::new();
    if panel_heading(ui, "About") {
        actions.push(Action::Toggle(Panel::About));
    }
    let sections = sections(survey);
    ScrollArea::vertical().show(ui, |ui| {
        for (title, lines) in &sections {
            ui.label(RichText::new(*title).strong());
            for line in lines {
                ui.add(Label::new(line).selectable(true).wrap());
            }
            ui.add_space(6.0);
        }
        ui.horizontal_wrapped(|ui| {
            if ui.button("Copy all").clicked() {
                ui.ctx().copy_text(as_text(&sections));
            }
            if ui.button("Settings…").clicked() {
                actions.push(Action::Toggle(Panel::Settings));
            }
        });
        ui.label(weak("Earmark never uses the network."));
    });
    actions
}

type Section = (&'static str, Vec<String>);

fn sections(survey: Option<&Survey>) -> Vec<Section> {
    let own = vec![
        format!("Version {}", env!("CARGO_PKG_VERSION")),
        String::from("Earmark finds a sound in a track and learns from every correction."),
        String::from("Licence: MIT or Apache-2.0, as you choose"),
    ];
    let parts = PARTS
        .iter()
        .map(|(part, licence)| format!("{part}: {licence}"))
        .collect();
    let mut sections = vec![("Earmark", own), ("Made with", parts)];
    let Some(survey) = survey else {
        sections.push((
            "On this machine",
            vec![String::from(
                "Earmark finishes the running job, then looks at this machine.",
            )],
        ));
        return sections;
    };
    let runtime = match &survey.runtime {
        Some((build, path)) => vec![build.clone(), path.display().to_string()],
        None => vec![String::from("Not found")],
    };
    sections.push(("ONNX Runtime", runtime));
    let models = survey.models.iter().flat_map(|model| {
        let licence = format!("{}: {}, {}", model.key, model.name, model.licence);
        [licence, model.attribution.clone()]
            .into_iter()
            .filter(|line| !line.is_empty())
    });
    sections.push(("Models", models.collect()));
    sections.push((
        "Places",
        vec![
            format!("Database: {}", survey.database.path.display()),
            format!("Takes: {}", survey.takes.folder.display()),
            format!("Your models: {}", survey.models_folder.display()),
            format!("Cached embeddings: {}", survey.cache.path.display()),
            String::from(
                "Earmark writes no log. Set NICE_LOG to the path of a file before you start the host, and Earmark writes one there.",
            ),
        ],
    ));
    sections
}

fn as_text(sections: &[Section]) -> String {
    let mut text = String::new();
    for (title, lines) in sections {
        text.push_str(title);
        text.push('\n');
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_names_versions_licences_and_places() {
        let survey = Survey {
            runtime: Some((String::from("ORT Build Info"), "/resources/ort.so".into())),
            ..Survey::default()
        };
        let text = as_text(&sections(Some(&survey)));
        for part in [
            env!("CARGO_PKG_VERSION"),
            "MIT or Apache-2.0",
            "ORT Build Info",
            "Database: ",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
