//! GeoJSON feature collections of points; the position of a feature, counted from 1, stands for the line.

use super::{Cells, ListError, ListRow, check};
use crate::report::Rejects;
use geodata::SourceId;
use geojson::{Feature, FeatureCollection, GeoJson, GeometryValue};
use std::path::Path;

impl Cells for Feature {
    fn cell(&self, column: &str) -> String {
        let coordinates = match self.geometry.as_ref().map(|g| &g.value) {
            Some(GeometryValue::Point { coordinates }) => coordinates.as_slice(),
            _ => &[],
        };
        match column {
            "lon" => coordinates
                .first()
                .map_or(String::new(), ToString::to_string),
            "lat" => coordinates
                .get(1)
                .map_or(String::new(), ToString::to_string),
            _ => match self.property(column) {
                Some(serde_json::Value::String(text)) => text.trim().to_owned(),
                Some(serde_json::Value::Number(number)) => number.to_string(),
                _ => String::new(),
            },
        }
    }
}

/// Reads a list, feature by feature.
pub(super) fn read(
    path: &Path,
    number: u16,
    rejects: &mut Rejects,
) -> Result<Vec<ListRow>, ListError> {
    let bad = |why: String| ListError::GeoJson {
        path: path.to_owned(),
        why,
    };
    let text = std::fs::read_to_string(path).map_err(|source| ListError::Io {
        path: path.to_owned(),
        source,
    })?;
    let parsed: GeoJson = text
        .parse()
        .map_err(|e: geojson::Error| bad(e.to_string()))?;
    let collection = FeatureCollection::try_from(parsed).map_err(|e| bad(e.to_string()))?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut rows = Vec::new();
    for (feature, n) in collection.features.iter().zip(1..) {
        rows.extend(check(
            feature,
            SourceId::list(number, n),
            &format!("{name}:{n}"),
            rejects,
        ));
    }
    Ok(rows)
}
