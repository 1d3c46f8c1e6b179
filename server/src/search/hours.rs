//! Whether a place is open: `opening_hours` as tagged, at a moment, in the place's own time zone and with its country's
//! holidays. Source of the syntax: the OSM wiki's "Key:opening_hours/specification".

use chrono::{DateTime, FixedOffset};
use chrono_tz::Tz;
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, LonLat};
use opening_hours::localization::{Coordinates, Country, TzLocation};
use opening_hours::{Context, OpeningHours, RuleKind};
use rustc_hash::FxHashMap;
use std::str::FromStr;
use std::sync::LazyLock;
use tzf_rs::EmbeddedFinder;

/// A moment of the world's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(DateTime<FixedOffset>);

impl Moment {
    /// A moment by milliseconds since 1970 UTC; `None` outside the years that there are.
    pub fn at_unix_ms(ms: i64) -> Option<Moment> {
        let utc = DateTime::from_timestamp_millis(ms)?;
        Some(Moment(utc.fixed_offset()))
    }

    /// Milliseconds since 1970 UTC.
    pub fn unix_ms(self) -> i64 {
        self.0.timestamp_millis()
    }
}

impl FromStr for Moment {
    type Err = String;

    /// Reads RFC 3339. A `+` that arrived as a space, as it does when nobody encoded it, is a `+`.
    fn from_str(text: &str) -> Result<Moment, String> {
        let plus = text.trim().replace(' ', "+");
        let parsed = DateTime::parse_from_rfc3339(&plus);
        parsed.map(Moment).map_err(|_error| {
            format!("expected a time such as `2026-11-21T18:30:00+02:00`, got `{text}`")
        })
    }
}

/// Tells at one moment which places are open. Many have the same hours: each are read once per zone and country, but for
/// those that follow the sun.
pub(super) struct Clock<'a> {
    at: Moment,
    known: FxHashMap<(&'a str, Option<&'a str>, Tz), Option<bool>>,
}

impl<'a> Clock<'a> {
    pub(super) fn new(at: Moment) -> Clock<'a> {
        Clock {
            at,
            known: FxHashMap::default(),
        }
    }

    /// Whether the place at `point` is open; `None` where the hours cannot be read or say themselves that nobody knows.
    pub(super) fn is_open(
        &mut self,
        hours: &'a str,
        point: LonLat,
        country: Option<&'a str>,
    ) -> Option<bool> {
        let zone = zone_of(point)?;
        let read = || read_hours(hours, (point, zone), country, self.at);
        if SUN.iter().any(|event| hours.contains(event)) {
            return read();
        }
        *self
            .known
            .entry((hours, country, zone))
            .or_insert_with(read)
    }
}

/// Whether hours say that it is open at a point at a moment; `None` where they cannot be read or say themselves that
/// nobody knows. `country` (ISO 3166-1 alpha-2) is whose holidays count.
pub fn is_open(hours: &str, point: LonLat, country: Option<&str>, at: Moment) -> Option<bool> {
    read_hours(hours, (point, zone_of(point)?), country, at)
}

/// Refuses hours that cannot be read.
///
/// # Errors
/// What is wrong with them.
pub fn check_hours(hours: &str) -> Result<(), String> {
    let parsed: Result<OpeningHours, _> = hours.parse();
    parsed.map(|_| ()).map_err(|error| {
        format!("expected opening hours such as `Mo-Fr 08:00-20:00`, got `{hours}`: {error}")
    })
}

/// What hours that follow the sun speak of.
const SUN: [&str; 3] = ["sun", "dawn", "dusk"];

fn read_hours(
    hours: &str,
    (point, zone): (LonLat, Tz),
    country: Option<&str>,
    at: Moment,
) -> Option<bool> {
    let parsed: OpeningHours = hours.parse().ok()?;
    let coordinates = Coordinates::new(point.lat(), point.lon())?;
    let place = TzLocation::new(zone).with_coords(coordinates);
    let local = at.0.with_timezone(&zone);
    let country = country.and_then(|c| c.to_uppercase().parse::<Country>().ok());
    let holidays = country.map(Country::holidays).unwrap_or_default();
    let context = Context::default()
        .with_holidays(holidays)
        .with_locale(place);
    match parsed.with_context(context).state(local).0 {
        RuleKind::Open => Some(true),
        RuleKind::Closed => Some(false),
        RuleKind::Unknown => None,
    }
}

/// The time zone around a point; at sea that of its longitude.
fn zone_of(point: LonLat) -> Option<Tz> {
    // Read in place from the program itself: nothing is unpacked.
    static ZONES: LazyLock<EmbeddedFinder> = LazyLock::new(EmbeddedFinder::new);
    ZONES.get_tz_name(point.lon(), point.lat()).parse().ok()
}

/// The country of a place: ISO 3166-1 alpha-2, lower case.
pub(super) fn country_of(snapshot: &Snapshot, doc: DocId) -> Option<&str> {
    let mut parents = snapshot.parents(doc).iter();
    let country = parents.find(|p| snapshot.layer(**p) == Layer::Country);
    country
        .and_then(|p| snapshot.attribute(*p, "countrycode"))
        .or(snapshot.manifest().country.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hours: &str, at: &str, expect: Option<bool>) {
        let kyiv = LonLat::clamped(30.52, 50.45);
        let found = Clock::new(at.parse().unwrap()).is_open(hours, kyiv, Some("ua"));
        assert_eq!(found, expect, "{hours} at {at}");
    }

    #[test]
    fn hours_are_those_of_the_place() {
        // 21 November 2026 is a Saturday; Kyiv is two hours ahead of UTC then, and three in summer.
        check(
            "Mo-Fr 08:00-20:00",
            "2026-11-21T10:00:00+02:00",
            Some(false),
        );
        check("Mo-Sa 08:00-20:00", "2026-11-21T10:00:00+02:00", Some(true));
        check("08:00-20:00", "2026-11-21T17:59:00Z", Some(true));
        check("08:00-20:00", "2026-11-21T18:01:00Z", Some(false));
        check("08:00-20:00", "2026-07-21T17:01:00Z", Some(false));
        check("08:00-20:00", "2026-11-21T06:00:00 02:00", Some(false));
        check("24/7", "2026-11-21T03:00:00Z", Some(true));
    }

    #[test]
    fn hours_past_midnight_and_on_holidays() {
        check("Fr-Sa 20:00-04:00", "2026-11-22T01:00:00+02:00", Some(true));
        check(
            "Mo-Su 09:00-18:00; PH off",
            "2026-08-24T12:00:00+03:00",
            Some(false),
        );
        check(
            "Mo-Su 09:00-18:00; PH off",
            "2026-08-25T12:00:00+03:00",
            Some(true),
        );
    }

    #[test]
    fn what_nobody_knows_is_neither_open_nor_closed() {
        check("завжди", "2026-11-21T10:00:00Z", None);
        check("Mo-Su 08:00-20:00 unknown", "2026-11-21T10:00:00Z", None);
        assert!("yesterday".parse::<Moment>().is_err());
        assert!("2026-11-21".parse::<Moment>().is_err());
    }
}
