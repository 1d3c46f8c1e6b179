//! Own address lists: CSV and GeoJSON files with the columns of the contract.
//!
//! A file whose header lacks what is needed is refused; a row that lacks it is counted with its line number.

/// Comma-separated lists.
mod csv;
/// GeoJSON feature collections.
mod geojson;

use crate::report::{RejectReason, Rejects};
use geodata::{LonLat, SourceId};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The columns a list may have, in any order.
pub const COLUMNS: [&str; 13] = [
    "id",
    "country",
    "state",
    "city",
    "district",
    "street",
    "housenumber",
    "postcode",
    "unit",
    "name",
    "category",
    "lon",
    "lat",
];
/// The columns a list must have.
const NEEDED: [&str; 3] = ["housenumber", "lon", "lat"];

/// Why a list cannot be read.
#[derive(Debug, Error)]
pub enum ListError {
    #[error("cannot read `{}`", .path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("`{}` is no CSV", .path.display())]
    Csv { path: PathBuf, source: ::csv::Error },
    #[error("`{}` is no GeoJSON: {why}", .path.display())]
    GeoJson { path: PathBuf, why: String },
    #[error("`{}` has no column `{column}` in its header; needed are {}, known are {}", .path.display(), NEEDED.join(", "), COLUMNS.join(", "))]
    MissingColumn { path: PathBuf, column: &'static str },
    #[error("`{}` has the unknown column `{column}` in its header; known are {}", .path.display(), COLUMNS.join(", "))]
    UnknownColumn { path: PathBuf, column: String },
    #[error("expected an address list `.csv` or `.geojson`, got `{}`", .path.display())]
    Kind { path: PathBuf },
}

/// A usable row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRow {
    pub source: SourceId,
    pub point: LonLat,
    pub city: String,
    pub street: String,
    pub housenumber: String,
    pub postcode: String,
    pub unit: String,
    pub name: String,
    pub category: String,
}

/// The cells of a row, by column name.
trait Cells {
    fn cell(&self, column: &str) -> String;
}

/// Reads a list; `number` tells lists of one build apart in the sources of houses.
///
/// # Errors
/// When the file cannot be read, is of no known kind, or its header lacks a needed column.
pub fn read_list(
    path: &Path,
    number: u16,
    rejects: &mut Rejects,
) -> Result<Vec<ListRow>, ListError> {
    match path
        .extension()
        .and_then(|e| e.to_str())
        .map(str::to_lowercase)
        .as_deref()
    {
        Some("csv") => csv::read(path, number, rejects),
        Some("geojson" | "json") => geojson::read(path, number, rejects),
        _ => Err(ListError::Kind {
            path: path.to_owned(),
        }),
    }
}

/// Checks a row; one that is unusable is counted with its file and line.
fn check(cells: &impl Cells, source: SourceId, at: &str, rejects: &mut Rejects) -> Option<ListRow> {
    let number = |column: &str| {
        cells
            .cell(column)
            .trim()
            .replace(',', ".")
            .parse::<f64>()
            .ok()
    };
    let point = number("lon")
        .zip(number("lat"))
        .and_then(|(lon, lat)| LonLat::new(lon, lat).ok());
    let row = ListRow {
        source,
        point: point.unwrap_or(LonLat::clamped(0.0, 0.0)),
        city: cells.cell("city"),
        street: cells.cell("street"),
        housenumber: cells.cell("housenumber"),
        postcode: cells.cell("postcode"),
        unit: cells.cell("unit"),
        name: cells.cell("name"),
        category: cells.cell("category"),
    };
    let somewhere = !row.street.is_empty() || !row.city.is_empty();
    let has_house = !row.housenumber.is_empty() && somewhere;
    let has_place = !row.name.is_empty() && row.category.contains('=');
    if point.is_none() || !(has_house || has_place) {
        rejects.add(RejectReason::ListRowUnusable, at);
        return None;
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Result;

    fn read(name: &str, text: &str) -> Result<(Result<Vec<ListRow>, ListError>, Rejects)> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join(name);
        std::fs::write(&path, text)?;
        let mut rejects = Rejects::default();
        Ok((read_list(&path, 1, &mut rejects), rejects))
    }

    #[test]
    fn columns_come_in_any_order_and_bad_rows_are_counted_by_line() -> Result<()> {
        let (rows, rejects) = read(
            "a.csv",
            "lat,lon,housenumber,street\n50.1,30.1,5а,Лісова\n95,30,6,Лісова\n50,30,,Лісова\n",
        )?;
        let rows = rows?;
        assert_eq!(
            (rows.len(), rows[0].housenumber.as_str(), rows[0].source),
            (1, "5а", SourceId::list(1, 2))
        );
        assert_eq!(
            rejects.counts()["list_row_unusable"].samples,
            ["a.csv:3", "a.csv:4"]
        );
        Ok(())
    }

    #[test]
    fn a_header_without_what_is_needed_is_refused() -> Result<()> {
        let (rows, _) = read("a.csv", "street,lat,lon\nЛісова,50,30\n")?;
        assert!(
            rows.unwrap_err()
                .to_string()
                .contains("no column `housenumber`")
        );
        let (rows, _) = read("a.csv", "street,housenumber,lat,lon,nummer\n")?;
        assert!(
            rows.unwrap_err()
                .to_string()
                .contains("unknown column `nummer`")
        );
        Ok(())
    }

    #[test]
    fn geojson_has_the_same_names_as_properties() -> Result<()> {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[30.1,50.1]},"properties":{"street":"Лісова","housenumber":7}}]}"#;
        let (rows, _) = read("a.geojson", text)?;
        assert_eq!(rows?[0].housenumber, "7");
        assert!(read("a.geojson", "{")?.0.is_err());
        Ok(())
    }
}
