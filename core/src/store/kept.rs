//! Deleted rows with all their columns, ready to be put back under the same ids.

use rusqlite::types::{ToSql, Value};
use rusqlite::{Transaction, params_from_iter};

use super::rows::{all, quoted};

const COLUMNS: &str = "SELECT name FROM pragma_table_info(?1)";

/// Rows of one table with all columns that it has, those of a later 8-cut included, but for the columns of the key that
/// all of them share.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct KeptRows {
    columns: Vec<String>,
    /// Row after row.
    values: Vec<Value>,
}

impl KeptRows {
    /// The rows of `table` whose columns `key` have the values `of`, in the order they were made.
    pub fn read(
        tx: &Transaction<'_>,
        table: &str,
        key: &[&str],
        of: &[&str],
    ) -> rusqlite::Result<Self> {
        let mut columns: Vec<String> = all(tx, COLUMNS, [table], |row| row.get(0))?;
        columns.retain(|column| !key.contains(&column.as_str()));
        let list: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        let conditions: Vec<String> = key
            .iter()
            .zip(1..)
            .map(|(name, place)| format!("{} = ?{place}", quoted(name)))
            .collect();
        let order = if columns.iter().any(|name| name == "id") {
            "ORDER BY id"
        } else {
            ""
        };
        let mut statement = tx.prepare_cached(&format!(
            "SELECT {} FROM {table} WHERE {} {order}",
            list.join(", "),
            conditions.join(" AND ")
        ))?;
        let mut rows = statement.query(params_from_iter(of))?;
        let mut values = Vec::new();
        while let Some(row) = rows.next()? {
            for column in 0..columns.len() {
                values.push(row.get(column)?);
            }
        }
        Ok(Self { columns, values })
    }

    /// Puts them back, with the values `of` in the columns `key`. A classifier that is gone by now is no longer named.
    pub fn insert(
        &self,
        tx: &Transaction<'_>,
        table: &str,
        key: &[&str],
        of: &[&dyn ToSql],
    ) -> rusqlite::Result<()> {
        let names: Vec<String> = key
            .iter()
            .copied()
            .chain(self.columns.iter().map(String::as_str))
            .map(quoted)
            .collect();
        let places: Vec<String> = names
            .iter()
            .zip(1..)
            .map(|(name, place)| match name.as_str() {
                "\"classifier_id\"" => format!("(SELECT id FROM classifiers WHERE id = ?{place})"),
                _ => format!("?{place}"),
            })
            .collect();
        let mut insert = tx.prepare_cached(&format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names.join(", "),
            places.join(", ")
        ))?;
        for row in self.values.chunks(self.columns.len().max(1)) {
            let row = row.iter().map(|value| value as &dyn ToSql);
            insert.execute(params_from_iter(of.iter().copied().chain(row)))?;
        }
        Ok(())
    }

    /// How much memory they take, roughly, in bytes.
    pub fn size_bytes(&self) -> usize {
        let held = self.values.iter().map(|value| match value {
            Value::Text(text) => text.capacity(),
            Value::Blob(bytes) => bytes.capacity(),
            Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        });
        held.sum::<usize>() + self.values.len() * size_of::<Value>()
    }
}
