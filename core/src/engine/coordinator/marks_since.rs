//! How many marks were made since the last training. Coordinator's thread; short reads of the database.

use crate::store::{ClassifierRow, HardNegative, Store, StoreError};

/// Marks made after the newest classifier: what makes another training worth it.
pub(super) fn marks_since(
    trained: Option<&ClassifierRow>,
    negatives: &[HardNegative],
    store: &Store,
    profile: &str,
) -> Result<usize, StoreError> {
    let clips = store.clips(profile, None)?;
    let clips = clips.iter().filter(|clip| !clip.scan_export);
    let unsure = store.unsure_marks(profile, None)?;
    let negatives = negatives.iter();
    let (clips, negatives, unsure) = match trained.map(|row| (row, row.marks_seen)) {
        Some((_, Some(seen))) => (
            clips.filter(|clip| clip.id.0 > seen.clips).count(),
            negatives
                .filter(|row| row.id.0 > seen.hard_negatives)
                .count(),
            unsure.iter().filter(|mark| mark.id.0 > seen.unsure).count(),
        ),
        // Trained before that was kept, or never.
        trained => {
            let since = trained.map_or("", |(row, _)| &row.created_at);
            let fresh = |date: &str| date > since;
            let fresh_clip = |date: &str| local_time(date).is_some_and(|date| fresh(&date));
            (
                clips.filter(|clip| fresh_clip(&clip.processed_at)).count(),
                negatives.filter(|row| fresh(&row.created_at)).count(),
                unsure.iter().filter(|mark| fresh(&mark.created_at)).count(),
            )
        }
    };
    Ok(clips + negatives + unsure)
}

/// A clip's date (ISO 8601 with an offset, as 8-cut writes it) in the form and zone of all other dates.
fn local_time(date: &str) -> Option<String> {
    let moment: jiff::Timestamp = date.parse().ok()?;
    let local = moment.to_zoned(jiff::tz::TimeZone::system());
    Some(local.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use crate::store::{DEFAULT_PROFILE, MarksSeen, NewClassifier, NewNegative, NewUnsure, Store};
    use crate::time::Span;

    const MODEL: &str = "AISFX";

    fn mark(store: &mut Store, start_s: f64) {
        let span = Span::new(start_s, start_s + 1.0).unwrap();
        store
            .add_negative(&NewNegative {
                profile: DEFAULT_PROFILE,
                filename: "a.wav",
                span,
                source_path: std::path::Path::new("/takes/a.wav"),
                source_model: MODEL,
            })
            .unwrap();
        store
            .add_unsure(&[NewUnsure {
                profile: DEFAULT_PROFILE,
                filename: "a.wav",
                span,
                source_model: MODEL,
            }])
            .unwrap();
    }

    fn train(store: &mut Store, marks_seen: MarksSeen) {
        let new = NewClassifier {
            profile: DEFAULT_PROFILE,
            model: MODEL,
            name: "",
            classes: &[],
            negative_class: None,
            counts: &serde_json::Value::Null,
            metrics: None,
            seconds: 1.0,
            bytes: b"",
            model_sha256: "",
            used_hard_negatives: true,
            background_margin_s: 1.0,
            marks_seen,
        };
        store.save_classifier(&new).unwrap();
    }

    fn marks_since(store: &Store, profile: &str) -> usize {
        let trained = store.classifiers(profile, MODEL).unwrap();
        let negatives = store.negatives(profile, None).unwrap();
        super::marks_since(trained.first(), &negatives, store, profile).unwrap()
    }

    #[test]
    fn marks_since_the_training_are_counted_without_the_clock_and_in_a_copied_profile_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("earmark.db");
        let mut store = Store::open(&path).unwrap();
        mark(&mut store, 1.0);
        assert_eq!(marks_since(&store, DEFAULT_PROFILE), 2);
        // Marks that are made while a training learns are not in it.
        let seen = store.newest_marks().unwrap();
        mark(&mut store, 10.0);
        train(&mut store, seen);
        assert_eq!(marks_since(&store, DEFAULT_PROFILE), 2);
        // In the hour that summer time gives back, a mark looks older than the training before it.
        mark(&mut store, 20.0);
        let other = rusqlite::Connection::open(&path).unwrap();
        for table in ["hard_negatives", "unsure_marks"] {
            let sql = format!("UPDATE {table} SET created_at = '2020-10-25 02:10:00'");
            other.execute(&sql, ()).unwrap();
        }
        assert_eq!(marks_since(&store, DEFAULT_PROFILE), 4);
        store.duplicate_profile(DEFAULT_PROFILE, "copy").unwrap();
        assert_eq!(marks_since(&store, "copy"), 4);
        assert_eq!(marks_since(&store, DEFAULT_PROFILE), 4);
        let seen = store.newest_marks().unwrap();
        train(&mut store, seen);
        assert_eq!(marks_since(&store, DEFAULT_PROFILE), 0);
    }
}
