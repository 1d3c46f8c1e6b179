//! Houses → the street they belong to, or the settlement where streets have no names.
//!
//! In order of trust: the street that `addr:street` names, in the same settlement or near; a street near the house that
//! the name fits in another language, as an old name or with a slip of the pen; a street that no way on the map has but
//! addresses have; for houses without `addr:street` the place that `addr:place` names, the nearest street, the
//! settlement.

use super::areas::Settlements;
use super::interpolation::interpolated;
use super::joined::join_houses;
use super::settle::Settle;
use super::street_index::{NamedStreet, Streets};
use super::street_name::{StreetName, StreetNames};
use super::streets;
use super::{World, row};
use crate::addresses::ListRow;
use crate::osm::{Atom, Geometry, Harvest, RawAddress, RawEntrance, RawHouse, RawPlace};
use crate::report::RejectReason;
use geodata::{
    AtomMap, Housenumber, HousenumberError, LanguageTag, Layer, LonLat, Name, NameKind, SourceId,
};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use synonyms::fold;

/// How far from a street of the same settlement a house of that name may lie, in metres.
const SAME_SETTLEMENT_M: f64 = 2_500.0;
/// The same where the settlements differ, or the name is not the main one.
const NEAR_M: f64 = 600.0;
/// How far a street is looked for whose name only resembles the house's.
const FITTING_M: f64 = 350.0;
/// The same before a street is taken for unmapped.
const FITTING_FAR_M: f64 = 1_500.0;
/// How far the nearest street may be from a house without `addr:street`.
const UNNAMED_M: f64 = 120.0;
/// How far `addr:place` is looked for.
const PLACE_M: f64 = 15_000.0;

/// What houses are attached to.
pub(super) struct Ground<'a> {
    pub(super) settlements: &'a Settlements,
    pub(super) streets: Streets,
}

/// How a house found its street; counted in the report.
pub(super) enum Way {
    StreetName,
    OtherName,
    Unmapped,
    Place,
    Nearest,
}

/// Attaches every house, and the rows of address lists.
pub(super) fn resolve(
    all: &mut Harvest,
    lists: Vec<ListRow>,
    mut ground: Ground<'_>,
    world: &mut World,
) {
    let mut houses = std::mem::take(&mut all.houses);
    world.drafts.atoms = std::mem::take(&mut all.atoms);
    name_members(all, &mut houses, world);
    houses.extend(interpolated(&all.interpolations, &houses, world));
    add_rows(lists, &mut houses, &mut all.places, world);
    let streets = name_streets(&houses, &mut ground.streets.names, world);
    let numbers = read_numbers(&houses, world);
    let attach = Attach {
        places: index_places(world),
        ground: &ground,
        world,
        streets: &streets,
        numbers: &numbers,
    };
    let decisions: Vec<Decision> = houses.par_iter().map(|h| attach.decide(h)).collect();
    let settle = Settle::new(world, ground, (streets, numbers));
    settle.all(&houses, decisions);
    all.entrances.extend(
        houses
            .iter()
            .filter(|h| !h.address.unit.is_empty())
            .map(unit),
    );
    join_houses(world);
}

/// Houses of `associatedStreet` and `street` relations without `addr:street` get the relation's name.
fn name_members(all: &Harvest, houses: &mut [RawHouse], world: &mut World) {
    let nameless = all.street_members.iter().filter(|m| m.name.is_empty());
    let wanted: FxHashSet<SourceId> = nameless.flat_map(|m| &m.streets).copied().collect();
    let mut streets: FxHashMap<SourceId, usize> = FxHashMap::default();
    for (n, draft) in world.drafts.places.iter().enumerate() {
        let sources = draft.sources.iter().filter(|s| wanted.contains(s));
        streets.extend(sources.map(|s| (*s, n)));
    }
    let mut names: FxHashMap<SourceId, Atom> = FxHashMap::default();
    for members in &all.street_members {
        let name = if members.name.is_empty() {
            let street = members.streets.iter().find_map(|s| streets.get(s));
            street.map(|n| {
                let name = world.drafts.places[*n].name().to_owned();
                world.drafts.atoms.intern(&name)
            })
        } else {
            Some(members.name)
        };
        names.extend(members.houses.iter().filter_map(|h| Some((*h, name?))));
    }
    for house in houses.iter_mut().filter(|h| h.address.street.is_empty()) {
        house.address.street = names.get(&house.source).copied().unwrap_or_default();
    }
}

/// Rows of address lists become houses and POIs like those of the map.
fn add_rows(
    lists: Vec<ListRow>,
    houses: &mut Vec<RawHouse>,
    places: &mut Vec<RawPlace>,
    world: &mut World,
) {
    for row in lists {
        let atoms = &mut world.drafts.atoms;
        let mut intern = |text: &str| atoms.intern(text);
        let address = RawAddress {
            number: intern(&row.housenumber),
            street: intern(&row.street),
            place: if row.street.is_empty() {
                intern(&row.city)
            } else {
                Atom::default()
            },
            city: intern(&row.city),
            postcode: intern(&row.postcode),
            unit: intern(&row.unit),
        };
        if !row.housenumber.is_empty() {
            world.houses.read += 1;
            houses.push(RawHouse {
                source: row.source,
                address,
                point: row.point,
                interpolated: false,
            });
        }
        if !row.name.is_empty() && !row.category.is_empty() {
            let name = Name {
                kind: NameKind::Main,
                language: LanguageTag::NONE,
                text: row.name,
            };
            places.push(RawPlace {
                source: row.source,
                names: vec![name],
                category: Some(row.category.into()),
                place: None,
                address,
                attributes: Vec::new(),
                geometry: Geometry {
                    point: Some(row.point),
                    ..Geometry::default()
                },
            });
        }
    }
}

/// A house tagged with `addr:unit` is also a door of that house, under the unit's number.
fn unit(house: &RawHouse) -> RawEntrance {
    RawEntrance {
        source: house.source,
        point: house.point,
        kind: Atom::default(),
        reference: house.address.unit,
        flats: Atom::default(),
        building: house.source,
        address: house.address,
        names: Vec::new(),
    }
}

/// What each `addr:street` says, by its text: its row in the names of streets.
pub(super) type NamedBy = AtomMap<u32>;

fn name_streets(houses: &[RawHouse], names: &mut StreetNames, world: &World) -> NamedBy {
    let named = houses.iter().filter(|h| !h.address.street.is_empty());
    let texts = distinct(named.map(|h| h.address.street));
    let text = |atom: Atom| world.drafts.atoms.get(atom);
    names.read_all(texts.par_iter().map(|atom| text(*atom)));
    let mut streets = NamedBy::default();
    for atom in texts {
        streets.insert(atom, names.read(text(atom)));
    }
    streets
}

/// Each text once.
fn distinct(atoms: impl Iterator<Item = Atom>) -> Vec<Atom> {
    let mut seen = AtomMap::default();
    atoms
        .filter(|atom| seen.insert(*atom, ()).is_none())
        .collect()
}

/// Keys under which each `addr:housenumber` is found, by its text.
pub(super) type NumberedBy = AtomMap<Result<Vec<u64>, RejectReason>>;

fn read_numbers(houses: &[RawHouse], world: &World) -> NumberedBy {
    let mut numbers = NumberedBy::default();
    for atom in distinct(houses.iter().map(|h| h.address.number)) {
        let keys = Housenumber::keys_of_tag(world.drafts.atoms.get(atom));
        numbers.insert(atom, keys.map_err(reason));
    }
    numbers
}

/// Settlements and districts by folded name.
fn index_places(world: &World) -> FxHashMap<String, Vec<u32>> {
    let mut places: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    for (n, draft) in world.drafts.places.iter().enumerate() {
        if draft.layer.is_settlement() || draft.layer == Layer::District {
            for name in &draft.names {
                let list = places.entry(fold(&name.text)).or_default();
                if list.last() != Some(&row(n)) {
                    list.push(row(n));
                }
            }
        }
    }
    places
}

/// Where a house belongs.
pub(super) enum Decision {
    Rejected(RejectReason),
    Owner(u32, Way),
    /// To a street that no way has, in this settlement.
    Unmapped(Option<u32>),
}

/// Decides about houses one by one, in any order.
struct Attach<'a> {
    ground: &'a Ground<'a>,
    world: &'a World,
    places: FxHashMap<String, Vec<u32>>,
    streets: &'a NamedBy,
    numbers: &'a NumberedBy,
}

impl Attach<'_> {
    fn decide(&self, house: &RawHouse) -> Decision {
        if let Some(Err(reason)) = self.numbers.get(house.address.number) {
            return Decision::Rejected(*reason);
        }
        if let Some(named) = self.streets.get(house.address.street) {
            return self.street(house, *named);
        }
        if let Some(place) = self.place(house) {
            return Decision::Owner(place, Way::Place);
        }
        let near = self.ground.streets.near(house.point, UNNAMED_M, self.world);
        if let Some((street, _)) = near.first() {
            return Decision::Owner(*street, Way::Nearest);
        }
        let settlements = self.ground.settlements;
        match settlements.settlement_of(house.point) {
            Some(settlement) => Decision::Owner(settlement, Way::Place),
            None if house.source.is_osm() => Decision::Rejected(RejectReason::NoStreetOrPlace),
            None => Decision::Rejected(RejectReason::ListRowFitsNothing),
        }
    }

    fn place(&self, house: &RawHouse) -> Option<u32> {
        let name = self.world.drafts.atoms.get(house.address.place);
        if name.is_empty() {
            return None;
        }
        let named = self.places.get(&fold(name)).into_iter().flatten();
        named
            .map(|p| {
                (
                    self.world.drafts.places[*p as usize]
                        .point
                        .distance_m(house.point),
                    *p,
                )
            })
            .filter(|(d, _)| *d <= PLACE_M)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, p)| p)
    }

    fn street(&self, house: &RawHouse, named: u32) -> Decision {
        let streets = &self.ground.streets;
        let name = streets.names.get(named);
        let settlements = self.ground.settlements;
        let settlement = settlements.settlement_of(house.point);
        if let Some((street, main)) = self.named(named, house.point, settlement) {
            let way = if main {
                Way::StreetName
            } else {
                Way::OtherName
            };
            return Decision::Owner(street, way);
        }
        let fits = |street: u32| {
            let names = streets.names_of(street).iter();
            names
                .map(|row| streets.names.get(*row))
                .any(|n| name.status_fits(&n.status) && name.is_like(&n.words))
        };
        for within_m in [FITTING_M, FITTING_FAR_M] {
            let near = streets.near(house.point, within_m, self.world);
            if let Some((street, _)) = near.iter().find(|(s, _)| fits(*s)) {
                return Decision::Owner(*street, Way::OtherName);
            }
        }
        Decision::Unmapped(settlement)
    }

    /// The best street with these words: in the settlement, or near; main names first.
    fn named(&self, name: u32, point: LonLat, settlement: Option<u32>) -> Option<(u32, bool)> {
        let all = self.ground.streets.named(name)?;
        let name = self.ground.streets.names.get(name);
        let at_home = settlement.and_then(|home| {
            let streets = all.in_settlement(home).iter();
            self.best((name, point), streets, SAME_SETTLEMENT_M)
        });
        // Thousands of settlements have a street of a common name: they are looked at only when the own one has none.
        at_home.or_else(|| {
            let around = all.around(point, NEAR_M).into_iter();
            self.best((name, point), around, NEAR_M)
        })
    }

    fn best<'s>(
        &self,
        (name, point): (&StreetName, LonLat),
        streets: impl Iterator<Item = &'s NamedStreet>,
        limit_m: f64,
    ) -> Option<(u32, bool)> {
        let near = streets.filter(|s| s.may_be_near(point, limit_m));
        let in_reach = near.map(|s| {
            let status = &self.ground.streets.names.get(s.name).status;
            let fits = name.status_fits(status);
            // A lane of the name is better than nothing, but only next to the house.
            let limit_m = match (fits, s.main) {
                (false, _) => UNNAMED_M,
                (true, false) => limit_m.min(NEAR_M),
                (true, true) => limit_m,
            };
            let draft = &self.world.drafts.places[s.street as usize];
            (s, draft, fits, limit_m)
        });
        let mut in_reach = in_reach.peekable();
        let first = in_reach.next()?;
        // Most settlements have one street of a name, and most houses stand near where it begins.
        let (street, draft, _, limit_m) = first;
        let begin = draft.lines.first().and_then(|line| line.first());
        let is_near = |begin: &LonLat| begin.distance_m(point) <= limit_m;
        if in_reach.peek().is_none() && begin.is_some_and(is_near) {
            return Some((street.street, street.main));
        }
        let rated = std::iter::once(first).chain(in_reach);
        let rated = rated.filter_map(|(s, draft, fits, limit_m)| {
            let distance = streets::distance_to(draft, point);
            (distance <= limit_m).then_some(((!fits, !s.main), distance, s))
        });
        rated
            .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
            .map(|(_, _, s)| (s.street, s.main))
    }
}

fn reason(error: HousenumberError) -> RejectReason {
    match error {
        HousenumberError::NoDigits => RejectReason::NumberWithoutDigits,
        HousenumberError::TooLong => RejectReason::NumberTooLong,
        HousenumberError::TooLarge => RejectReason::NumberTooLarge,
    }
}
