//! Decisions about houses → houses of streets and settlements, and the streets that only addresses have.

use super::houses::{Decision, Ground, NamedBy, NumberedBy, Way};
use super::{World, owners, row};
use crate::osm::RawHouse;
use geodata::draft::{Draft, DraftHouse};
use geodata::{LanguageTag, Layer, Name, NameKind};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// How far apart houses of a street without ways may lie.
const UNMAPPED_GAP_M: f64 = 2_000.0;

/// Puts houses where they belong: in their order those that the map knows no street for, each of which tells where the
/// next may be, then all others side by side.
pub(super) struct Settle<'a> {
    world: &'a mut World,
    ground: Ground<'a>,
    streets: NamedBy,
    numbers: NumberedBy,
    /// Streets that only addresses have: (settlement, words) → their drafts.
    unmapped: FxHashMap<(Option<u32>, String), Vec<u32>>,
}

impl<'a> Settle<'a> {
    pub(super) fn new(
        world: &'a mut World,
        ground: Ground<'a>,
        (streets, numbers): (NamedBy, NumberedBy),
    ) -> Settle<'a> {
        Settle {
            world,
            ground,
            streets,
            numbers,
            unmapped: FxHashMap::default(),
        }
    }
}

impl Settle<'_> {
    /// Carries out what was decided about each house.
    pub(super) fn all(mut self, houses: &[RawHouse], decisions: Vec<Decision>) {
        let mut owned = Vec::with_capacity(houses.len());
        for (n, decision) in (0..).zip(decisions) {
            let owner = self.house(&houses[n as usize], decision);
            owned.extend(owner.map(|owner| (owner, n)));
        }
        self.owned(owned, houses);
    }

    /// Counts a decision, and carries it out unless the house goes to a place that the map has, which is returned.
    fn house(&mut self, house: &RawHouse, decision: Decision) -> Option<u32> {
        let (owner, way) = match decision {
            Decision::Rejected(reason) => {
                self.world.houses.rejected += 1;
                self.world.rejects.add(reason, &house.source.to_string());
                return None;
            }
            Decision::Owner(owner, way) => (Some(owner), way),
            Decision::Unmapped(settlement) => {
                let owner = self.unmapped(house, settlement);
                let draft = &mut self.world.drafts.places[owner as usize];
                draft.houses.extend(drafts_of(house, &self.numbers));
                (None, Way::Unmapped)
            }
        };
        let counts = &mut self.world.houses;
        *match way {
            Way::StreetName => &mut counts.by_street_name,
            Way::OtherName => &mut counts.by_other_name,
            Way::Unmapped => &mut counts.on_unmapped_street,
            Way::Place => &mut counts.by_place,
            Way::Nearest => &mut counts.by_nearest_street,
        } += 1;
        owner
    }

    /// Gives places their houses: rows of both.
    fn owned(&mut self, mut owned: Vec<(u32, u32)>, houses: &[RawHouse]) {
        owned.par_sort_unstable();
        let owners = owners(&mut self.world.drafts.places, &owned, |(owner, _)| *owner);
        owners.into_par_iter().for_each(|(draft, its)| {
            let its = its.iter().map(|(_, house)| &houses[*house as usize]);
            let records = its.flat_map(|house| drafts_of(house, &self.numbers));
            draft.houses.extend(records);
        });
    }

    /// A street that no way has: one draft per settlement and name, as long as its houses keep together.
    fn unmapped(&mut self, house: &RawHouse, settlement: Option<u32>) -> u32 {
        let named = self.streets.get(house.address.street);
        let named = *named.expect("only a house that names a street is on an unmapped one");
        let words = self.ground.streets.names.get(named).words.clone();
        let known = self.unmapped.entry((settlement, words)).or_default();
        let near = known.iter().find(|d| {
            let draft = &self.world.drafts.places[**d as usize];
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
        let text = self.world.drafts.atoms.get(house.address.street).to_owned();
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
        let n = row(self.world.drafts.places.len());
        known.push(n);
        self.world.drafts.places.push(draft);
        n
    }
}

/// One way to find a house for each of its numbers.
fn drafts_of<'a>(house: &'a RawHouse, numbers: &'a NumberedBy) -> impl Iterator<Item = DraftHouse> {
    let keys = numbers.get(house.address.number);
    let keys = keys.and_then(|keys| keys.as_ref().ok());
    keys.into_iter().flatten().map(|key| DraftHouse {
        key: *key,
        source: house.source,
        point: house.point,
        number: house.address.number,
        postcode: house.address.postcode,
        popularity: 0,
        interpolated: house.interpolated,
        corner: false,
    })
}
