//! What a zone says, and the limits of what it may say.

use super::outline::Outline;
use crate::coord::LonLat;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use thiserror::Error;

/// The most named points of a zone.
pub const MAX_ZONE_POINTS: usize = 100;
const MAX_NAME_CHARS: usize = 100;
const MAX_LANGUAGES: usize = 20;
/// Cars of a taxi stand, and of a car park.
const CAPACITY: RangeInclusive<u32> = 1..=10_000;
/// The smallest zone: what one car needs, in square metres.
const MIN_SQUARE_M: f64 = 10.0;
/// The largest zone where cars stop, in square metres: an airport with all around it.
const MAX_SQUARE_M: f64 = 100e6;
/// The largest service area, in square metres: a country.
const MAX_SERVICE_SQUARE_M: f64 = 1e12;
/// A named point may lie outside its zone by what drawing is inexact, in metres.
const POINT_TOLERANCE_M: f64 = 1.0;

/// What a zone is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ZoneKind {
    /// Cars stop at its named points and nowhere else in it.
    Mandatory,
    /// Cars rather stop here.
    Preferred,
    /// Cars never stop here.
    Forbidden,
    /// The service is offered here.
    Service,
}

impl ZoneKind {
    pub const ALL: [ZoneKind; 4] = [
        ZoneKind::Mandatory,
        ZoneKind::Preferred,
        ZoneKind::Forbidden,
        ZoneKind::Service,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ZoneKind::Mandatory => "mandatory",
            ZoneKind::Preferred => "preferred",
            ZoneKind::Forbidden => "forbidden",
            ZoneKind::Service => "service",
        }
    }

    fn max_square_m(self) -> f64 {
        match self {
            ZoneKind::Service => MAX_SERVICE_SQUARE_M,
            _ => MAX_SQUARE_M,
        }
    }
}

impl fmt::Display for ZoneKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ZoneKind {
    type Err = String;

    fn from_str(text: &str) -> Result<ZoneKind, String> {
        let known = ZoneKind::ALL.into_iter().find(|k| k.as_str() == text);
        known.ok_or_else(|| {
            let all = ZoneKind::ALL.map(ZoneKind::as_str).join(", ");
            format!("expected one of {all}, got `{text}`")
        })
    }
}

/// A point with a name, such as «Вихід 3, ряд B».
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZonePoint {
    pub name: String,
    pub point: LonLat,
}

/// A zone as it was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    pub kind: ZoneKind,
    /// By language: `uk`, `en`.
    pub names: BTreeMap<String, String>,
    pub outline: Outline,
    pub points: Vec<ZonePoint>,
    /// When it is in force, as `opening_hours` of OpenStreetMap; always without. Whether they can be read is for who reads
    /// them.
    pub hours: Option<String>,
    /// How many cars it holds.
    pub capacity: Option<u32>,
}

/// What is wrong with a zone, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{field}`: {problem}")]
pub struct ZoneError {
    pub field: String,
    pub problem: String,
}

impl ZoneError {
    fn at(field: impl Into<String>, problem: impl Into<String>) -> ZoneError {
        ZoneError {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl Zone {
    /// The name in the first of some languages that there is, else the first there is.
    pub fn name_in(&self, languages: &[String]) -> &str {
        name_in(&self.names, languages)
    }

    /// Checks everything but the hours.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ZoneError> {
        self.outline
            .check()
            .map_err(|e| ZoneError::at("geometry", e.to_string()))?;
        self.check_size()?;
        self.check_names()?;
        if let Some(got) = self.capacity.filter(|c| !CAPACITY.contains(c)) {
            let (low, high) = (CAPACITY.start(), CAPACITY.end());
            let problem = format!("expected {low} to {high} cars, got {got}");
            return Err(ZoneError::at("capacity", problem));
        }
        self.check_points()
    }

    fn check_size(&self) -> Result<(), ZoneError> {
        let (size, max) = (self.outline.square_m(), self.kind.max_square_m());
        if (MIN_SQUARE_M..=max).contains(&size) {
            return Ok(());
        }
        let km2 = max / 1e6;
        let problem = format!(
            "expected {MIN_SQUARE_M} m² to {km2} km² for a {} zone, got {size:.0} m²",
            self.kind
        );
        Err(ZoneError::at("geometry", problem))
    }

    fn check_names(&self) -> Result<(), ZoneError> {
        if !(1..=MAX_LANGUAGES).contains(&self.names.len()) {
            let got = self.names.len();
            let problem = format!(
                "expected a name in 1 to {MAX_LANGUAGES} languages such as `{{\"uk\": \"…\"}}`, got {got}"
            );
            return Err(ZoneError::at("name", problem));
        }
        for (language, name) in &self.names {
            let tag = (2..=12).contains(&language.len())
                && language
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-');
            if !tag {
                let problem = format!("expected a language such as `uk`, got `{language}`");
                return Err(ZoneError::at("name", problem));
            }
            check_name(&format!("name.{language}"), name)?;
        }
        Ok(())
    }

    fn check_points(&self) -> Result<(), ZoneError> {
        if self.points.len() > MAX_ZONE_POINTS {
            let got = self.points.len();
            let problem = format!("expected at most {MAX_ZONE_POINTS} points, got {got}");
            return Err(ZoneError::at("points", problem));
        }
        let area = self.outline.area();
        for (n, named) in self.points.iter().enumerate() {
            check_name(&format!("points[{n}].name"), &named.name)?;
            let out_m = area.distance_m(named.point);
            if out_m > POINT_TOLERANCE_M {
                let problem = format!(
                    "expected `{}` inside the zone, got a point {out_m:.0} m outside",
                    named.name
                );
                return Err(ZoneError::at(format!("points[{n}]"), problem));
            }
        }
        Ok(())
    }
}

/// The name in the first of some languages that there is, else the first there is.
pub fn name_in<'a>(names: &'a BTreeMap<String, String>, languages: &[String]) -> &'a str {
    let wanted = languages.iter().find_map(|l| names.get(l));
    let name = wanted.or_else(|| names.values().next());
    name.map_or("", String::as_str)
}

fn check_name(field: &str, name: &str) -> Result<(), ZoneError> {
    let chars = name.chars().count();
    let sound = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if sound && chars <= MAX_NAME_CHARS {
        return Ok(());
    }
    let problem = format!(
        "expected 1 to {MAX_NAME_CHARS} characters without control characters, got {chars}"
    );
    Err(ZoneError::at(field, problem))
}
