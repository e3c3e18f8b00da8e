//! No question may be answered by reading a table from end to end.

use super::*;
use crate::store::{
    bands, choices, classifiers, clips, folders, library, negatives, profiles, recordings,
    region_notes, regions, restored_version, scanned_files, scans, settings, shapes, sources,
    takes, training, unsure, versions,
};

const TABLES: [&str; 17] = [
    "processed",
    "hidden_files",
    "scan_results",
    "hard_negatives",
    "scans",
    "scan_serials",
    "classifiers",
    "takes",
    "settings",
    "training_choices",
    "unsure_marks",
    "region_notes",
    "mark_bands",
    "region_shapes",
    "recordings",
    "clip_folders",
    "library_files",
];

/// The steps by which SQLite answers `sql`.
fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
    plan.query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn no_statement_scans_a_table() {
    let (_folder, store) = new_store();
    let db = stranger(store.path());
    let statements = [
        backup::STATEMENTS,
        bands::STATEMENTS,
        choices::STATEMENTS,
        classifiers::STATEMENTS,
        clips::STATEMENTS,
        folders::STATEMENTS,
        library::STATEMENTS,
        negatives::STATEMENTS,
        profiles::STATEMENTS,
        recordings::STATEMENTS,
        edits::STATEMENTS,
        region_notes::STATEMENTS,
        regions::STATEMENTS,
        restored_version::STATEMENTS,
        scanned_files::STATEMENTS,
        scans::STATEMENTS,
        settings::STATEMENTS,
        shapes::STATEMENTS,
        sources::STATEMENTS,
        takes::STATEMENTS,
        training::STATEMENTS,
        unsure::STATEMENTS,
        versions::STATEMENTS,
    ]
    .concat();
    let of_tables = profiles::statements_by_table().flat_map(|(_, statements)| statements);
    let mut scanning = Vec::new();
    for sql in statements.into_iter().map(str::to_owned).chain(of_tables) {
        for step in plan(&db, &sql) {
            let scanned = step.strip_prefix("SCAN ").unwrap_or_default();
            let name = scanned.split(' ').next().unwrap_or_default();
            // Every alias in these statements is one letter; common table expressions have longer names of their own.
            if TABLES.contains(&name) || name.len() == 1 {
                scanning.push(format!("{step} in:\n{sql}"));
            }
        }
    }
    assert!(scanning.is_empty(), "{}", scanning.join("\n\n"));
}

#[test]
fn counting_versions_and_newest_marks_first_need_no_table_and_no_sorting() {
    let (_folder, store) = new_store();
    let db = stranger(store.path());
    let counting = plan(&db, versions::STATEMENTS[0]).join("; ");
    assert!(
        counting.contains("COVERING INDEX") && !counting.contains("TEMP"),
        "{counting}"
    );
    for newest_first in &negatives::STATEMENTS[..2] {
        let listing = plan(&db, newest_first).join("; ");
        assert!(!listing.contains("TEMP B-TREE"), "{listing}");
    }
}

#[test]
fn what_a_profile_hides_is_found_by_the_profile() {
    let (_folder, store) = new_store();
    let db = stranger(store.path());
    let (_, statements) = profiles::statements_by_table()
        .find(|(table, _)| *table == "hidden_files")
        .unwrap();
    for sql in statements {
        let steps = plan(&db, &sql);
        assert!(
            steps
                .iter()
                .any(|step| step.contains("hidden_files_by_profile (profile=?)")),
            "{steps:?} in:\n{sql}"
        );
    }
}
