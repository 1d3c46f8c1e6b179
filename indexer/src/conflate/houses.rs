//! Houses → the street they belong to, or the settlement where streets have no names.
//!
//! In order of trust: the street that `addr:street` names, in the same settlement or near; a street near the house that
//! the name fits in another language, as an old name or with a slip of the pen; a street that no way on the map has but
//! addresses have; for houses without `addr:street` the place that `addr:place` names, the nearest street, the
//! settlement.

use super::areas::Settlements;
use super::corners::add_corners;
use super::draft::{Draft, DraftHouse, World};
use super::interpolation::interpolated;
use super::street_name::StreetName;
use super::streets::{self, NamedStreet, Streets};
use crate::addresses::ListRow;
use crate::osm::{Atom, Geometry, Harvest, RawAddress, RawEntrance, RawHouse, RawPlace};
use crate::report::RejectReason;
use geodata::{
    Housenumber, HousenumberError, LanguageTag, Layer, LonLat, Name, NameKind, Second, SourceId,
};
use rustc_hash::FxHashMap;
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
/// How far apart houses of a street without ways may lie.
const UNMAPPED_GAP_M: f64 = 2_000.0;
/// How far `addr:place` is looked for.
const PLACE_M: f64 = 15_000.0;
/// Two objects with one number on one street are one house when this close, in metres.
const SAME_HOUSE_M: f64 = 150.0;

/// What houses are attached to.
pub(super) struct Ground<'a> {
    pub(super) settlements: &'a Settlements,
    pub(super) streets: Streets,
}

/// How a house found its street; counted in the report.
enum Way {
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
    ground: Ground<'_>,
    world: &mut World,
) {
    let mut houses = std::mem::take(&mut all.houses);
    world.atoms = std::mem::take(&mut all.atoms);
    name_members(all, &mut houses, world);
    houses.extend(interpolated(&all.interpolations, &houses, world));
    add_rows(lists, &mut houses, &mut all.places, world);
    let mut attach = Attach {
        ground,
        world,
        unmapped: FxHashMap::default(),
        places: FxHashMap::default(),
        read: FxHashMap::default(),
    };
    attach.index_places();
    for house in &houses {
        attach.house(house);
    }
    all.entrances.extend(
        houses
            .iter()
            .filter(|h| !h.address.unit.is_empty())
            .map(unit),
    );
    finish(world);
}

/// Houses of `associatedStreet` and `street` relations without `addr:street` get the relation's name.
fn name_members(all: &Harvest, houses: &mut [RawHouse], world: &mut World) {
    let mut names: FxHashMap<SourceId, Atom> = FxHashMap::default();
    for members in &all.street_members {
        let of_way = || {
            let street = world
                .drafts
                .iter()
                .find(|d| members.streets.iter().any(|s| d.sources.contains(s)))?;
            Some(street.name().to_owned())
        };
        let name = if members.name.is_empty() {
            of_way().map(|n| world.atoms.intern(&n))
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
        let atoms = &mut world.atoms;
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

struct Attach<'a> {
    ground: Ground<'a>,
    world: &'a mut World,
    /// Streets that only addresses have: (settlement, words) → their drafts.
    unmapped: FxHashMap<(Option<u32>, String), Vec<u32>>,
    /// Settlements and districts by folded name.
    places: FxHashMap<String, Vec<u32>>,
    /// Names that have been read already.
    read: FxHashMap<Atom, StreetName>,
}

impl Attach<'_> {
    fn index_places(&mut self) {
        for (n, draft) in self.world.drafts.iter().enumerate() {
            if draft.layer.is_settlement() || draft.layer == Layer::District {
                for name in &draft.names {
                    let list = self.places.entry(fold(&name.text)).or_default();
                    if list.last() != Some(&row(n)) {
                        list.push(row(n));
                    }
                }
            }
        }
    }

    fn house(&mut self, house: &RawHouse) {
        let numbers = match Housenumber::parse_tag(self.world.atoms.get(house.address.number)) {
            Ok(numbers) => numbers,
            Err(e) => return self.reject(house, reason(e)),
        };
        let Some((owner, way)) = self.owner(house) else {
            let far = if house.source.is_osm() {
                RejectReason::NoStreetOrPlace
            } else {
                RejectReason::ListRowFitsNothing
            };
            return self.reject(house, far);
        };
        let counts = &mut self.world.houses;
        *match way {
            Way::StreetName => &mut counts.by_street_name,
            Way::OtherName => &mut counts.by_other_name,
            Way::Unmapped => &mut counts.on_unmapped_street,
            Way::Place => &mut counts.by_place,
            Way::Nearest => &mut counts.by_nearest_street,
        } += 1;
        let houses = &mut self.world.drafts[owner as usize].houses;
        houses.extend(numbers.iter().flat_map(found_as).map(|number| DraftHouse {
            key: number.key(),
            source: house.source,
            point: house.point,
            number: house.address.number,
            postcode: house.address.postcode,
            popularity: 0,
            interpolated: house.interpolated,
        }));
    }

    fn reject(&mut self, house: &RawHouse, reason: RejectReason) {
        self.world.houses.rejected += 1;
        self.world.rejects.add(reason, &house.source.to_string());
    }

    fn owner(&mut self, house: &RawHouse) -> Option<(u32, Way)> {
        if !house.address.street.is_empty() {
            return self.street(house);
        }
        if let Some(place) = self.place(house) {
            return Some((place, Way::Place));
        }
        let near = self.ground.streets.near(house.point, UNNAMED_M, self.world);
        let nearest = near.first().map(|(street, _)| (*street, Way::Nearest));
        nearest.or_else(|| {
            Some((
                self.ground
                    .settlements
                    .settlement_of(house.point, self.world)?,
                Way::Place,
            ))
        })
    }

    fn place(&self, house: &RawHouse) -> Option<u32> {
        let name = self.world.atoms.get(house.address.place);
        if name.is_empty() {
            return None;
        }
        let named = self.places.get(&fold(name)).into_iter().flatten();
        named
            .map(|p| {
                (
                    self.world.drafts[*p as usize].point.distance_m(house.point),
                    *p,
                )
            })
            .filter(|(d, _)| *d <= PLACE_M)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, p)| p)
    }

    fn street(&mut self, house: &RawHouse) -> Option<(u32, Way)> {
        let atom = house.address.street;
        if !self.read.contains_key(&atom) {
            self.read
                .insert(atom, StreetName::read(self.world.atoms.get(atom)));
        }
        let name = self.read[&atom].clone();
        let settlement = self
            .ground
            .settlements
            .settlement_of(house.point, self.world);
        if let Some((street, main)) = self.named(&name, house.point, settlement) {
            return Some((
                street,
                if main {
                    Way::StreetName
                } else {
                    Way::OtherName
                },
            ));
        }
        let fits = |street: &u32| {
            let draft = &self.world.drafts[*street as usize];
            let names = draft.names.iter().map(|n| StreetName::read(&n.text));
            names
                .into_iter()
                .any(|n| name.status_fits(&n.status) && name.is_like(&n.words))
        };
        for within_m in [FITTING_M, FITTING_FAR_M] {
            let near = self.ground.streets.near(house.point, within_m, self.world);
            if let Some((street, _)) = near.iter().find(|(s, _)| fits(s)) {
                return Some((*street, Way::OtherName));
            }
        }
        Some((self.unmapped(house, name, settlement), Way::Unmapped))
    }

    /// The best street with these words: in the settlement, or near; main names first.
    fn named(
        &self,
        name: &StreetName,
        point: LonLat,
        settlement: Option<u32>,
    ) -> Option<(u32, bool)> {
        let streets = &self.ground.streets;
        let at_home = settlement.and_then(|_| {
            self.best(
                (name, point),
                streets.named_in(&name.words, settlement),
                SAME_SETTLEMENT_M,
            )
        });
        // Thousands of settlements have a street of a common name: they are looked at only when the own one has none.
        at_home.or_else(|| self.best((name, point), streets.named(&name.words), NEAR_M))
    }

    fn best(
        &self,
        (name, point): (&StreetName, LonLat),
        streets: &[NamedStreet],
        limit_m: f64,
    ) -> Option<(u32, bool)> {
        let rated = streets.iter().filter_map(|s| {
            let draft = &self.world.drafts[s.street as usize];
            let fits = name.status_fits(&s.name.status);
            // A lane of the name is better than nothing, but only next to the house.
            let limit_m = match (fits, s.main) {
                (false, _) => UNNAMED_M,
                (true, false) => limit_m.min(NEAR_M),
                (true, true) => limit_m,
            };
            if draft.point.distance_m(point) > f64::from(draft.radius_m) + limit_m {
                return None;
            }
            let distance = streets::distance_to(draft, point);
            (distance <= limit_m).then_some(((!fits, !s.main), distance, s))
        });
        rated
            .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
            .map(|(_, _, s)| (s.street, s.main))
    }

    /// A street that no way has: one draft per settlement and name, as long as its houses keep together.
    fn unmapped(&mut self, house: &RawHouse, name: StreetName, settlement: Option<u32>) -> u32 {
        let known = self.unmapped.entry((settlement, name.words)).or_default();
        let near = known.iter().find(|d| {
            let draft = &self.world.drafts[**d as usize];
            draft
                .houses
                .iter()
                .rev()
                .take(50)
                .any(|h| h.point.distance_m(house.point) <= UNMAPPED_GAP_M)
        });
        if let Some(draft) = near {
            return *draft;
        }
        let text = self.world.atoms.get(house.address.street).to_owned();
        let own_name = Name {
            kind: NameKind::Main,
            language: LanguageTag::NONE,
            text,
        };
        let mut draft = Draft::new(
            Layer::Street,
            vec![house.source],
            vec![own_name],
            house.point,
        );
        draft.parents = self.ground.settlements.parents_of(house.point);
        draft.weight = 0.2;
        let n = row(self.world.drafts.len());
        known.push(n);
        self.world.drafts.push(draft);
        n
    }
}

pub(super) fn row(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 4 G places")
}

fn reason(error: HousenumberError) -> RejectReason {
    match error {
        HousenumberError::NoDigits => RejectReason::NumberWithoutDigits,
        HousenumberError::TooLong => RejectReason::NumberTooLong,
        HousenumberError::TooLarge => RejectReason::NumberTooLarge,
    }
}

/// The numbers under which a house is found: itself, and every number of a range (of one parity when its ends agree).
fn found_as(number: &Housenumber) -> Vec<Housenumber> {
    let mut found = vec![*number];
    if let Second::RangeTo(to) = number.second {
        let step = if (to - number.number).is_multiple_of(2) {
            2
        } else {
            1
        };
        found.extend((number.number..=to).step_by(step).map(Housenumber::plain));
    }
    found
}

/// Joins houses that are the same, adds corners, and settles streets known from addresses only.
fn finish(world: &mut World) {
    let mut joined = Vec::new();
    for draft in world.drafts.iter_mut().filter(|d| !d.houses.is_empty()) {
        join_same(&mut draft.houses, &mut joined);
        if draft.layer == Layer::Street && draft.lines.is_empty() {
            let points = vec![draft.houses.iter().map(|h| h.point).collect::<Vec<_>>()];
            draft.point = middle(&points[0]);
            draft.radius_m = streets::radius_m(&points, draft.point);
        }
    }
    joined.sort_unstable();
    joined.dedup();
    world.houses.joined = joined.len() as u64;
    world.joined = joined;
    add_corners(world);
    world.houses.records = world.drafts.iter().map(|d| d.houses.len() as u64).sum();
}

/// The house nearest to the middle of all: a point where somebody lives.
fn middle(points: &[LonLat]) -> LonLat {
    let n = points.len().max(1) as f64;
    let (x, y) = points
        .iter()
        .fold((0.0, 0.0), |(x, y), p| (x + p.lon(), y + p.lat()));
    let centre = LonLat::clamped(x / n, y / n);
    points
        .iter()
        .copied()
        .min_by(|a, b| a.distance_m(centre).total_cmp(&b.distance_m(centre)))
        .unwrap_or(centre)
}

/// Sorts houses by number; of several with one number in one spot the outline outranks the point, the map the list, and
/// anything what was interpolated.
fn join_same(houses: &mut Vec<DraftHouse>, joined: &mut Vec<(SourceId, SourceId)>) {
    let rank = |h: &DraftHouse| {
        (
            h.interpolated,
            !h.source.is_osm(),
            h.source.packed() & 3 == 0,
            h.source,
        )
    };
    houses.sort_by(|a, b| a.key.cmp(&b.key).then(rank(a).cmp(&rank(b))));
    let mut kept: Vec<DraftHouse> = Vec::with_capacity(houses.len());
    for house in houses.drain(..) {
        let same = kept
            .iter_mut()
            .rev()
            .take_while(|k| k.key == house.key)
            .find(|k| k.point.distance_m(house.point) <= SAME_HOUSE_M || house.interpolated);
        match same {
            Some(main) => {
                if main.source != house.source && !house.interpolated {
                    joined.push((main.source, house.source));
                }
                if main.postcode.is_empty() {
                    main.postcode = house.postcode;
                }
            }
            None => kept.push(house),
        }
    }
    *houses = kept;
}
