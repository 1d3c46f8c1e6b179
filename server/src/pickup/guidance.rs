//! Rulings → what counts for one meeting at its time.

use super::rulings::{RuledZone, Rulings};
use crate::search::Moment;
use geodata::base::{PinKind, PinTarget, StoredPin};
use geodata::pickup::{Given, GivenBy, Guidance};
use geodata::zones::ZoneKind;
use geodata::{LonLat, PlaceRef};
use std::collections::BTreeMap;

/// How far around where walks begin zones and bans count, in metres: as far as cars are looked for.
const REACH_M: f64 = 350.0;
/// How near somebody asks to whom a pin for a point speaks, in metres.
const SAME_POINT_M: f64 = 30.0;

/// A meeting, and when it is.
pub(crate) struct AtMeeting<'a> {
    pub(crate) place: Option<PlaceRef>,
    pub(crate) point: LonLat,
    pub(crate) at: Moment,
    /// Whose holidays count: ISO 3166-1 alpha-2.
    pub(crate) country: Option<&'a str>,
}

/// What counts for a meeting; `around` are its point and where walks begin: the terminals of an airport lie far apart.
pub(crate) fn guidance(
    rulings: &Rulings,
    meeting: &AtMeeting<'_>,
    around: &[LonLat],
    languages: &[String],
) -> Guidance {
    let mut guidance = Guidance::default();
    for (zone, holds) in zones_around(rulings, around) {
        // Where nobody knows whether a zone is in force, it is.
        if zone.is_open(meeting.at, meeting.country) != Some(false) {
            take_zone(&mut guidance, zone, (holds, languages));
        }
    }
    for stored in rulings.pins_for(meeting.place, meeting.point, SAME_POINT_M) {
        if stored.pin.kind == PinKind::Pin {
            guidance.given.push(Given {
                by: GivenBy::Pin,
                point: stored.pin.point,
                name: stored.pin.name.clone(),
            });
        }
    }
    let near = around
        .iter()
        .flat_map(|p| rulings.pins_for(meeting.place, *p, REACH_M));
    let bans: BTreeMap<i64, &StoredPin> = near.map(|stored| (stored.id, stored)).collect();
    let concerns = |stored: &&StoredPin| match stored.pin.target {
        PinTarget::Point(asked) => asked.distance_m(meeting.point) <= SAME_POINT_M,
        PinTarget::Place(_) | PinTarget::Everybody => true,
    };
    let bans = bans.into_values().filter(|s| s.pin.kind == PinKind::Ban);
    guidance.banned = bans.filter(concerns).map(|s| s.pin.point).collect();
    let learnt = meeting.place.into_iter().flat_map(|p| rulings.spots_of(p));
    guidance.given.extend(learnt.map(|stored| Given {
        by: GivenBy::Learnt(f64::from(stored.spot.share_permille) / 1000.0),
        point: stored.spot.point,
        name: String::new(),
    }));
    guidance
}

/// The zones near any of some points, in order of their ids; whether one holds any of them.
fn zones_around<'r>(rulings: &'r Rulings, around: &[LonLat]) -> Vec<(&'r RuledZone, bool)> {
    let mut found: BTreeMap<i64, (&RuledZone, bool)> = BTreeMap::new();
    for point in around {
        for (zone, away_m) in rulings.zones_within(*point, REACH_M) {
            found.entry(zone.id).or_insert((zone, false)).1 |= away_m <= 0.0;
        }
    }
    found.into_values().collect()
}

/// Takes up a zone in force; whether it holds the meeting decides what it orders.
fn take_zone(guidance: &mut Guidance, zone: &RuledZone, (holds, languages): (bool, &[String])) {
    let area = || zone.area.clone();
    match zone.kind {
        ZoneKind::Service => return,
        ZoneKind::Forbidden => guidance.forbidden.push(area()),
        ZoneKind::Preferred => guidance.preferred.push(area()),
        ZoneKind::Mandatory => {
            if holds {
                guidance.mandatory.push(area());
            }
            if !zone.points.is_empty() {
                guidance.pointed.push(area());
            }
        }
    }
    let offered = zone.kind == ZoneKind::Preferred || holds && zone.kind == ZoneKind::Mandatory;
    if offered {
        let named = |name: &str| match name {
            "" => zone.name_in(languages).to_owned(),
            own => own.to_owned(),
        };
        guidance.given.extend(zone.points.iter().map(|p| Given {
            by: GivenBy::Zone,
            point: p.point,
            name: named(&p.name),
        }));
    }
}
