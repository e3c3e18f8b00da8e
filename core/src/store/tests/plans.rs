//! No question may be answered by reading a table from end to end.

use super::*;
use crate::store::{
    classifiers, clips, folders, negatives, profiles, regions, scans, settings, sources, takes,
    training, versions,
};

const TABLES: [&str; 9] = [
    "processed",
    "hidden_files",
    "scan_results",
    "hard_negatives",
    "scans",
    "scan_serials",
    "classifiers",
    "takes",
    "settings",
];

#[test]
fn no_statement_scans_a_table() {
    let (_folder, store) = new_store();
    let db = stranger(store.path());
    let statements = [
        backup::STATEMENTS,
        classifiers::STATEMENTS,
        clips::STATEMENTS,
        folders::STATEMENTS,
        negatives::STATEMENTS,
        profiles::STATEMENTS,
        regions::STATEMENTS,
        scans::STATEMENTS,
        settings::STATEMENTS,
        sources::STATEMENTS,
        takes::STATEMENTS,
        training::STATEMENTS,
        versions::STATEMENTS,
    ]
    .concat();
    let mut scanning = Vec::new();
    for sql in statements {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps: Vec<String> = plan
            .query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for step in steps {
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
    let plan = |sql: &str| -> String {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
        plan.query_map(rusqlite::params_from_iter(nothing), |row| {
            row.get::<_, String>("detail")
        })
        .unwrap()
        .map(Result::unwrap)
        .collect::<Vec<_>>()
        .join("; ")
    };
    let counting = plan(versions::STATEMENTS[0]);
    assert!(
        counting.contains("COVERING INDEX") && !counting.contains("TEMP"),
        "{counting}"
    );
    for newest_first in &negatives::STATEMENTS[..2] {
        let listing = plan(newest_first);
        assert!(!listing.contains("TEMP B-TREE"), "{listing}");
    }
}
