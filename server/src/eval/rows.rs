//! The questions of a synthetic country: one JSON object per line, with the truth as the map's maker knows it.
//!
//! A result is right when it is an expected OSM object, or lies within the expected radius and does not contradict the
//! expected kind, name, street or number.

use super::{Case, Expect, SuiteError};
use crate::search::{Found, MatchState};
use geodata::{Housenumber, Layer, LonLat};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use synonyms::{Meaning, dictionary, fold};

/// How far the street of an expected house may be from it, in metres.
const STREET_M: f64 = 2_500.0;

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    category: String,
    q: String,
    lat: Option<f64>,
    lon: Option<f64>,
    #[serde(default)]
    lang: Option<String>,
    expect: Truth,
    #[serde(default = "first")]
    k: usize,
}

fn first() -> usize {
    1
}

/// What is true of the place that is asked for.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Truth {
    kind: String,
    #[serde(default)]
    osm: Vec<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    radius_m: Option<f64>,
    /// Further right points: latitude, longitude, radius in metres.
    #[serde(default)]
    alternatives: Vec<(f64, f64, f64)>,
    name: Option<String>,
    street: Option<String>,
    street_alias: Option<String>,
    #[serde(default)]
    street_osm: Vec<String>,
    housenumber: Option<String>,
    /// The claim of an honest answer; `any` when there is none to make.
    #[serde(rename = "match")]
    claim: String,
}

pub(super) fn read(text: &str, name: &str) -> Result<Vec<Case>, SuiteError> {
    let rows = text.lines().zip(1..).filter(|(l, _)| !l.trim().is_empty());
    rows.map(|(line, n)| {
        read_row(line).map_err(|problem| SuiteError::Case {
            at: format!("{name}:{n}"),
            problem,
        })
    })
    .collect()
}

fn read_row(line: &str) -> Result<Case, String> {
    let row: Row = serde_json::from_str(line).map_err(|e| e.to_string())?;
    let focus = match (row.lon, row.lat) {
        (Some(lon), Some(lat)) => Some(LonLat::new(lon, lat).map_err(|e| e.to_string())?),
        (None, None) => None,
        _ => return Err("expected both `lat` and `lon` or neither".to_owned()),
    };
    Ok(Case {
        at: row.id,
        by_keystrokes: row.category == "keystrokes",
        category: row.category,
        query: row.q,
        focus,
        languages: row.lang.into_iter().collect(),
        rank: row.k,
        why: String::new(),
        expect: match row.expect.kind.as_str() {
            "none" => Expect::Nothing,
            _ => Expect::Truth(Box::new(row.expect)),
        },
    })
}

impl Truth {
    pub(super) fn accepts(&self, result: &Found, languages: &[String]) -> bool {
        let named = self.osm.contains(&result.source.to_string());
        let near = self.is_near(result.point);
        // Names are known in Ukrainian only.
        let compared = languages.iter().any(|l| l == "uk");
        let agrees = |given: Option<&String>, expected: Option<&String>| match (given, expected) {
            (Some(given), Some(expected)) if compared && !given.is_empty() => {
                words(given) == words(expected)
            }
            _ => true,
        };
        let label = &result.label;
        if self.kind == "house" {
            if named || self.claim == "entrance" {
                return named || near && result.state == Some(MatchState::Entrance);
            }
            let streets = [Some(&self.street), Some(&self.street_alias)];
            let mut expected = streets
                .into_iter()
                .flatten()
                .filter_map(Option::as_ref)
                .peekable();
            let street = expected.peek().is_none()
                || expected.any(|s| agrees(label.street.as_ref(), Some(s)));
            return near && result.layer == Layer::House && street && self.has_number(result);
        }
        if named {
            return self.kind != "street" || result.housenumber.is_none();
        }
        let same_name = agrees(Some(&label.name), self.name.as_ref());
        near && match self.kind.as_str() {
            "street" => {
                result.layer == Layer::Street
                    && result.housenumber.is_none()
                    && agrees(Some(&label.name), self.street.as_ref())
            }
            "intersection" => result.layer == Layer::Intersection,
            "place" => {
                matches!(
                    result.layer,
                    Layer::City | Layer::Locality | Layer::District
                ) && same_name
            }
            _ => {
                matches!(result.layer, Layer::Poi | Layer::Station)
                    && !label.name.is_empty()
                    && same_name
            }
        }
    }

    /// The street of an expected house.
    pub(super) fn accepts_street(&self, result: &Found) -> bool {
        let expected = self.street.as_deref().unwrap_or_default();
        let near = self.point().is_some_and(|p| {
            result.layer == Layer::Street && result.point.distance_m(p) < STREET_M
        });
        self.street_osm.contains(&result.source.to_string())
            || near && words(&result.label.name) == words(expected)
    }

    pub(super) fn is_honest(&self, result: &Found) -> Option<bool> {
        let claim = result.state?.as_str();
        (!matches!(self.claim.as_str(), "any" | "none")).then(|| claim == self.claim)
    }

    fn point(&self) -> Option<LonLat> {
        LonLat::new(self.lon?, self.lat?).ok()
    }

    fn is_near(&self, point: LonLat) -> bool {
        let own = self.lat.zip(self.lon).zip(self.radius_m);
        let all = own
            .map(|((lat, lon), radius)| (lat, lon, radius))
            .into_iter()
            .chain(self.alternatives.iter().copied());
        all.filter_map(|(lat, lon, radius)| Some((LonLat::new(lon, lat).ok()?, radius)))
            .any(|(expected, radius)| point.distance_m(expected) <= radius)
    }

    /// Whether a house is the expected one, one of the numbers of a corner, range or list, or honestly without letter.
    fn has_number(&self, result: &Found) -> bool {
        let (Some(given), Some(expected)) = (&result.housenumber, &self.housenumber) else {
            return false;
        };
        let parts = expected.split(['/', ';', ',', '-']);
        let expected: BTreeSet<Housenumber> = [expected.as_str()]
            .into_iter()
            .chain(parts)
            .flat_map(numbers)
            .collect();
        let suffix_missing = result.state == Some(MatchState::SuffixMissing);
        numbers(given).iter().any(|n| {
            let bare = Housenumber::plain(n.number);
            expected.contains(n)
                || suffix_missing && self.claim == "suffix_missing" && expected.contains(&bare)
        })
    }
}

fn numbers(text: &str) -> Vec<Housenumber> {
    Housenumber::parse_tag(text).unwrap_or_default()
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [&self.name, &self.street, &self.housenumber];
        for text in texts.into_iter().flatten() {
            write!(f, "{text} ")?;
        }
        write!(f, "({}, {})", self.kind, self.osm.join("|"))
    }
}

/// Words of a name without the status words.
fn words(name: &str) -> BTreeSet<String> {
    let folded = fold(name);
    let words = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty());
    let status = |w: &&str| {
        let meanings = dictionary().meanings(w);
        meanings.iter().any(|m| matches!(m, Meaning::Status(_)))
    };
    words.filter(|w| !status(w)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_and_a_broken_one_named() {
        let row = r#"{"id": "q1", "category": "keystrokes", "q": "Лісова 3", "lat": 50.1, "lon": 30.2, "lang": "uk",
            "expect": {"osm": ["w1"], "lat": 50.1, "lon": 30.2, "radius_m": 45, "kind": "house", "street": "Лісова вулиця",
            "housenumber": "3", "city": "Буча", "match": "exact"}, "k": 1}"#;
        let cases = read(&row.replace('\n', " "), "queries").unwrap();
        assert!(cases[0].by_keystrokes);
        assert_eq!(cases[0].rank, 1);
        let error = read("\n{\"id\": 1}", "queries").unwrap_err().to_string();
        assert!(error.starts_with("queries:2: "), "{error}");
    }

    #[test]
    fn status_words_do_not_tell_names_apart() {
        assert_eq!(words("вулиця Лісова"), words("Лісова вул"));
        assert_ne!(words("вулиця Лісова"), words("вулиця Садова"));
    }
}
