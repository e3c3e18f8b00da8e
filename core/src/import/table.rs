//! A table with a header line, whose columns may stand in any order: CSV with commas or semicolons, or columns parted by tabs.
//! Pure.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord};

/// The rows of a table under the names of its columns.
pub(super) struct Table {
    /// By name, in small letters and digits only; the first of a name counts.
    columns: HashMap<String, usize>,
    pub(super) rows: Vec<Row>,
}

/// One row.
pub(super) struct Row {
    /// In the file, from 1.
    pub(super) line: u64,
    cells: StringRecord,
}

/// Where a column is; `None` where the table has none of that name.
pub(super) type Column = Option<usize>;

impl Table {
    /// The table that `text` is; `None` when its first line has only one column.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (text, lines_before, said) = without_separator_line(text);
        let header = text.lines().find(|line| !line.trim().is_empty())?;
        let delimiter = said.unwrap_or_else(|| delimiter_of(header));
        // Raven and Audacity know no quotes, so a quote in a cell is a letter, unless the header is quoted as well.
        let quoting = delimiter != b'\t' || header.trim_start().starts_with('"');
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(quoting)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut records = reader.records().filter_map(Result::ok);
        let header = records.next()?;
        if header.len() < 2 {
            return None;
        }
        let mut columns = HashMap::new();
        for (at, name) in header.iter().enumerate() {
            columns.entry(key(name)).or_insert(at);
        }
        let rows = records
            .filter(|cells| cells.iter().any(|cell| !cell.trim().is_empty()))
            .map(|cells| Row {
                line: lines_before + line_of(&cells, text),
                cells,
            });
        Some(Self {
            rows: rows.collect(),
            columns,
        })
    }

    /// The first column that has one of `names`, which are in small letters and digits.
    pub(super) fn column(&self, names: &[&str]) -> Column {
        names
            .iter()
            .find_map(|name| self.columns.get(*name).copied())
    }

    /// Whether there is a column of one of `names`.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.column(names).is_some()
    }
}

impl Row {
    /// The cell as it is written; empty where there is none.
    pub(super) fn raw(&self, column: Column) -> &str {
        column.and_then(|at| self.cells.get(at)).unwrap_or_default()
    }

    /// The cell without the blanks around it.
    pub(super) fn text(&self, column: Column) -> &str {
        self.raw(column).trim()
    }

    /// The recording that a cell names; `None` when it is empty.
    pub(super) fn recording(&self, column: Column) -> Option<String> {
        let name = self.raw(column);
        (!name.trim().is_empty()).then(|| name.to_owned())
    }
}

/// The line of `text` on which a row begins. What the reader passed over before the row, such as the second half of the line end
/// above it, is still counted as that row's.
fn line_of(cells: &StringRecord, text: &str) -> u64 {
    let Some(position) = cells.position() else {
        return 0;
    };
    let begin = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(begin..).unwrap_or_default().iter();
    let passed = rest.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + passed.filter(|byte| **byte == b'\n').count() as u64
}

/// Excel writes the separator into a line of its own, `sep=;`. Returns the text behind it, the lines that were passed over, and
/// the separator.
fn without_separator_line(text: &str) -> (&str, u64, Option<u8>) {
    let Some((first, rest)) = text.split_once('\n') else {
        return (text, 0, None);
    };
    match first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        Some([separator]) => (rest, 1, Some(*separator)),
        _ => (text, 0, None),
    }
}

fn delimiter_of(header: &str) -> u8 {
    let count = |delimiter: char| header.matches(delimiter).count();
    if header.contains('\t') {
        b'\t'
    } else if count(';') > count(',') {
        b';'
    } else {
        b','
    }
}

/// A column's name without what programs write differently: `Begin Time (s)`, `Begin.Time..s.`, `begin_time_s`.
fn key(name: &str) -> String {
    let letters: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    match letters.is_empty() {
        true => name.trim().to_owned(),
        false => letters,
    }
}
