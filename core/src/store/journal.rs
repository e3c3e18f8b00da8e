//! A journal of the rows that one transaction changes, and how it is taken back.
//!
//! The method is SQLite's own, "Automatic Undo/Redo Using SQLite" (sqlite.org/undoredo.html): temporary triggers log every
//! change while it happens. Here the log keeps values instead of SQL text, and an update keeps the columns that it changed
//! only, so that taking it back leaves alone what somebody else wrote into the row since. The triggers exist for the
//! length of one transaction.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::profiles::TABLES;
use super::rows::{all, quoted, usize_from};
use super::versions::{self, Key};
use super::writing::Tx;

/// Which tables a journal covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Marks, notes, versions with their regions, and region shapes. The last numbers of versions are left out: undo gives no
    /// number out again.
    Work,
    /// Every table whose rows belong to a profile, and the list of profiles.
    Profiles,
    /// No table: the change cannot be taken back by its rows.
    Nothing,
}

/// Marks, notes, versions with their regions, and how regions are shaped.
const WORK_TABLES: [&str; 8] = [
    "processed",
    "hard_negatives",
    "unsure_marks",
    "region_notes",
    "mark_bands",
    "scan_results",
    "scans",
    "region_shapes",
];

/// The rows that one transaction changed. Its size is that of the values, so that a caller can bound what it keeps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowJournal {
    /// In the order in which they happened.
    changes: Vec<RowChange>,
}

#[derive(Debug, Clone, PartialEq)]
struct RowChange {
    table: Arc<Table>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// With the row's key.
    Inserted(Vec<Value>),
    /// With the whole row, by the table's columns.
    Deleted(Vec<Value>),
    /// With the row's key as it is since, and what the changed columns held before, by their place in the table.
    Updated {
        key: Vec<Value>,
        before: Vec<(usize, Value)>,
    },
}

/// A table as it was when the journal was begun: a later 8-cut may have given it columns that we do not know.
#[derive(Debug, PartialEq)]
struct Table {
    name: &'static str,
    columns: Vec<String>,
    /// The places of the primary key's columns.
    key: Vec<usize>,
}

/// What taking a journal back has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reversed {
    /// Updates in the journal.
    pub updates: usize,
    /// Updates whose row is still there.
    pub found: usize,
}

impl Reversed {
    /// Whether there was nothing left of all the rows that had been updated.
    pub fn found_nothing(self) -> bool {
        self.updates > 0 && self.found == 0
    }
}

impl RowJournal {
    /// Whether no row was changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The memory that it takes, roughly, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.changes.iter().map(RowChange::size_bytes).sum()
    }
}

impl RowChange {
    fn size_bytes(&self) -> usize {
        let held = |value: &Value| {
            size_of::<Value>()
                + match value {
                    Value::Text(text) => text.capacity(),
                    Value::Blob(bytes) => bytes.capacity(),
                    Value::Null | Value::Integer(_) | Value::Real(_) => 0,
                }
        };
        let values: usize = match &self.kind {
            Kind::Inserted(values) | Kind::Deleted(values) => values.iter().map(held).sum(),
            Kind::Updated { key, before } => {
                let before = before.iter().map(|(_, value)| value);
                key.iter().chain(before).map(held).sum()
            }
        };
        size_of::<Self>() + values
    }
}

fn tables_of(recorded: Recorded) -> Vec<&'static str> {
    match recorded {
        Recorded::Work => WORK_TABLES.to_vec(),
        Recorded::Profiles => TABLES.into_iter().chain(["profiles"]).collect(),
        Recorded::Nothing => Vec::new(),
    }
}

/// Lets triggers log every change of the tables `recorded` from now on.
pub(super) fn begin(tx: &Tx<'_>, recorded: Recorded) -> rusqlite::Result<()> {
    let tables = read_tables(tx, recorded)?;
    let Some(widest) = tables.iter().map(|table| table.columns.len()).max() else {
        return Ok(());
    };
    let places: Vec<String> = (0..2 * widest).map(|place| format!("c{place}")).collect();
    let mut sql = format!(
        "CREATE TEMP TABLE row_journal (kind TEXT, place INTEGER, {});",
        places.join(", ")
    );
    for (place, table) in tables.iter().enumerate() {
        sql.push_str(&triggers(table, place));
    }
    tx.execute_batch(&sql)
}

fn triggers(table: &Table, place: usize) -> String {
    let name = table.name;
    let values = |row: &str| -> Vec<String> {
        let columns = table.columns.iter();
        columns
            .map(|column| format!("{row}.{}", quoted(column)))
            .collect()
    };
    let trigger = |kind: &str, event: &str, values: &[String]| {
        let places: Vec<String> = (0..values.len()).map(|at| format!("c{at}")).collect();
        format!(
            "CREATE TEMP TRIGGER row_journal_{kind}_{name} AFTER {event} ON main.{name} BEGIN
                 INSERT INTO row_journal (kind, place, {}) VALUES ('{kind}', {place}, {});
             END;",
            places.join(", "),
            values.join(", ")
        )
    };
    let (old, new) = (values("OLD"), values("NEW"));
    [
        trigger("insert", "INSERT", &new),
        trigger("delete", "DELETE", &old),
        trigger("update", "UPDATE", &[old, new].concat()),
    ]
    .concat()
}

/// What was logged since [`begin`]; the triggers are gone afterwards.
pub(super) fn end(tx: &Tx<'_>, recorded: Recorded) -> rusqlite::Result<RowJournal> {
    let tables: Vec<Arc<Table>> = read_tables(tx, recorded)?
        .into_iter()
        .map(Arc::new)
        .collect();
    if tables.is_empty() {
        return Ok(RowJournal::default());
    }
    let mut changes = Vec::new();
    {
        let mut statement = tx.prepare("SELECT * FROM row_journal ORDER BY rowid")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let kind: String = row.get(0)?;
            let Some(table) = tables.get(usize_from(row.get(1)?)) else {
                continue;
            };
            let count = table.columns.len();
            let columns = |from: usize| -> rusqlite::Result<Vec<Value>> {
                (from..from + count).map(|at| row.get(2 + at)).collect()
            };
            let first = columns(0)?;
            let kind = match kind.as_str() {
                "insert" => Kind::Inserted(table.key_of(&first)),
                "delete" => Kind::Deleted(first),
                _ => {
                    let after = columns(count)?;
                    let key = table.key_of(&after);
                    let pairs = first.into_iter().zip(after).enumerate();
                    let before =
                        pairs.filter_map(|(at, (old, new))| (old != new).then_some((at, old)));
                    let before: Vec<_> = before.collect();
                    if before.is_empty() {
                        continue;
                    }
                    Kind::Updated { key, before }
                }
            };
            changes.push(RowChange {
                table: Arc::clone(table),
                kind,
            });
        }
    }
    let mut sql = String::new();
    for table in &tables {
        for kind in ["insert", "delete", "update"] {
            sql.push_str(&format!(
                "DROP TRIGGER temp.row_journal_{kind}_{};",
                table.name
            ));
        }
    }
    sql.push_str("DROP TABLE temp.row_journal;");
    tx.execute_batch(&sql)?;
    Ok(RowJournal { changes })
}

/// Takes the changes back, the last one first. A row that is to go and is gone already, and a row that is to come back and
/// is there already, are as they should be. A version that goes takes all of its regions with it, those included that
/// were cut since.
pub(super) fn reverse(tx: &Tx<'_>, journal: &RowJournal) -> rusqlite::Result<Reversed> {
    let mut reversed = Reversed::default();
    for change in journal.changes.iter().rev() {
        let table = &change.table;
        match &change.kind {
            Kind::Inserted(key) => {
                if table.name == "scans" {
                    delete_version(tx, key)?;
                }
                let sql = format!("DELETE FROM {} WHERE {}", table.name, table.is_key(1));
                tx.prepare_cached(&sql)?.execute(params_from_iter(key))?;
            }
            Kind::Deleted(values) => {
                tx.prepare_cached(&table.insertion())?
                    .execute(params_from_iter(values))?;
                if table.name == "hard_negatives" {
                    undate(tx, table, values)?;
                }
            }
            Kind::Updated { key, before } => {
                let columns = before.iter().zip(1..);
                let columns: Vec<String> = columns
                    .filter_map(|((at, _), place)| {
                        Some(format!("{} = ?{place}", quoted(table.columns.get(*at)?)))
                    })
                    .collect();
                let sql = format!(
                    "UPDATE {} SET {} WHERE {}",
                    table.name,
                    columns.join(", "),
                    table.is_key(before.len() + 1)
                );
                let values = before.iter().map(|(_, value)| value).chain(key);
                reversed.updates += 1;
                reversed.found += tx.prepare_cached(&sql)?.execute(params_from_iter(values))?;
            }
        }
    }
    Ok(reversed)
}

/// Deletes what belongs to the row of `scans` with this key.
fn delete_version(tx: &Tx<'_>, key: &[Value]) -> rusqlite::Result<()> {
    const OF_SCAN: &str =
        "SELECT profile, filename, model, scan_timestamp FROM scans WHERE id = ?1";
    let found = all(tx, OF_SCAN, params_from_iter(key), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    for (profile, filename, model, timestamp) in found {
        let (profile, filename, model): (String, String, String) = (profile, filename, model);
        let key = Key {
            filename: &filename,
            profile: &profile,
            model: &model,
        };
        let timestamp: String = timestamp;
        versions::delete(tx, key, &timestamp)?;
    }
    Ok(())
}

/// A hard negative that had no date has none again: a trigger of the database dates what 8-cut inserts.
fn undate(tx: &Tx<'_>, table: &Table, values: &[Value]) -> rusqlite::Result<()> {
    let dated = table
        .columns
        .iter()
        .position(|column| column == "created_at");
    let date = dated.and_then(|at| values.get(at));
    if matches!(date, Some(Value::Text(text)) if text.is_empty()) {
        tx.prepare_cached("UPDATE hard_negatives SET created_at = '' WHERE id = ?1")?
            .execute(params_from_iter(table.key_of(values)))?;
    }
    Ok(())
}

fn read_tables(db: &Connection, recorded: Recorded) -> rusqlite::Result<Vec<Table>> {
    const COLUMNS: &str = "SELECT name, pk FROM pragma_table_info(?1)";
    let read = |name: &'static str| {
        let columns = all(db, COLUMNS, [name], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)? > 0))
        })?;
        let key = columns.iter().enumerate();
        Ok(Table {
            name,
            key: key
                .filter(|(_, (_, is_key))| *is_key)
                .map(|(at, _)| at)
                .collect(),
            columns: columns.into_iter().map(|(column, _)| column).collect(),
        })
    };
    tables_of(recorded).into_iter().map(read).collect()
}

impl Table {
    fn key_of(&self, row: &[Value]) -> Vec<Value> {
        let key = self.key.iter();
        key.filter_map(|&at| row.get(at).cloned()).collect()
    }

    /// The condition that the key is the parameters from `first` on.
    fn is_key(&self, first: usize) -> String {
        let key = self.key.iter().filter_map(|&at| self.columns.get(at));
        let conditions: Vec<String> = key
            .zip(first..)
            .map(|(column, place)| format!("{} = ?{place}", quoted(column)))
            .collect();
        conditions.join(" AND ")
    }

    /// Puts a whole row back. A version whose classifier is gone by then names none.
    fn insertion(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let values = self.columns.iter().zip(1..).map(|(column, place)| {
            if column == "classifier_id" {
                format!("(SELECT id FROM classifiers WHERE id = ?{place})")
            } else {
                format!("?{place}")
            }
        });
        format!(
            "INSERT OR IGNORE INTO {} ({}) VALUES ({})",
            self.name,
            names.join(", "),
            values.collect::<Vec<_>>().join(", ")
        )
    }
}
