//! Comma-separated lists.

use super::{COLUMNS, Cells, ListError, ListRow, NEEDED, check};
use crate::report::Rejects;
use geodata::SourceId;
use std::path::Path;

struct Record<'a> {
    header: &'a csv::StringRecord,
    cells: &'a csv::StringRecord,
}

impl Cells for Record<'_> {
    fn cell(&self, column: &str) -> String {
        let at = self.header.iter().position(|h| h.trim() == column);
        at.and_then(|n| self.cells.get(n))
            .map_or(String::new(), |c| c.trim().to_owned())
    }
}

/// Reads a list, row by row.
pub(super) fn read(
    path: &Path,
    number: u16,
    rejects: &mut Rejects,
) -> Result<Vec<ListRow>, ListError> {
    let bad = |source| ListError::Csv {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(|source| ListError::Io {
        path: path.to_owned(),
        source,
    })?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let mut header = reader.headers().map_err(bad)?.clone();
    if let Some(first) = header
        .get(0)
        .and_then(|h| h.strip_prefix('\u{feff}'))
        .map(str::to_owned)
    {
        header = std::iter::once(first.as_str())
            .chain(header.iter().skip(1))
            .collect();
    }
    if let Some(column) = NEEDED
        .iter()
        .find(|c| !header.iter().any(|h| h.trim() == **c))
    {
        return Err(ListError::MissingColumn {
            path: path.to_owned(),
            column,
        });
    }
    if let Some(column) = header.iter().find(|h| !COLUMNS.contains(&h.trim())) {
        return Err(ListError::UnknownColumn {
            path: path.to_owned(),
            column: column.to_owned(),
        });
    }
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut rows = Vec::new();
    for cells in reader.records() {
        let cells = cells.map_err(bad)?;
        let line = cells.position().map_or(0, csv::Position::line);
        let source = SourceId::list(number, u32::try_from(line).unwrap_or(u32::MAX));
        rows.extend(check(
            &Record {
                header: &header,
                cells: &cells,
            },
            source,
            &format!("{name}:{line}"),
            rejects,
        ));
    }
    Ok(rows)
}
