//! Edits that take places away, join them or split them.
//!
//! The map has them all again every night, so what was taken away is remembered with its objects, and where houses went.

use super::apply::{Missing, UNDRAWN_WEIGHT, Workbench, new_draft, settle, target};
use super::edit::Edit;
use crate::draft::{DoorOwner, DraftHouse};
use crate::names::NameKind;
use crate::place::PlaceRef;
use crate::snapshot::TakenRecord;
use crate::source::SourceId;

impl Workbench<'_> {
    /// Takes a place or house away.
    pub(super) fn remove(&mut self, id: PlaceRef) -> Result<(), Missing> {
        if id.part.is_none() {
            let n = self.place_itself(id.place)?;
            self.take_away(n);
            self.gone.insert(id, None);
            return Ok(());
        }
        let (street, source) = self.house(id)?;
        let there = PlaceRef::house(self.draft(street).id, source);
        self.take_house(street, source);
        // The next import finds it where it is now.
        self.gone.insert(id, Some(there));
        self.gone.insert(there, None);
        Ok(())
    }

    /// Remembers that an edit moved a house: known by some id, and found on a street by the next import too.
    pub(super) fn went(&mut self, id: PlaceRef, (from, to): (u32, u32), source: SourceId) {
        let on = |n: u32| PlaceRef::house(self.draft(n).id, source);
        let (here, there) = (on(from), on(to));
        self.gone.insert(id, Some(here));
        self.gone.insert(here, Some(there));
        self.gone.remove(&there);
    }

    /// Drops a place, and remembers which objects it had: what others brought with them stays theirs.
    fn take_away(&mut self, n: u32) {
        self.dropped.insert(n);
        let draft = &self.drafts.places[n as usize];
        let layer = draft.layer as u8;
        for source in draft.sources.iter().copied().filter(|s| s.is_osm()) {
            let record = TakenRecord {
                place: draft.id,
                source,
                layer,
                reserved: [0; 7],
            };
            self.taken.entry((layer, source)).or_insert(record);
        }
    }

    /// Joins a place to another one: houses, lines, doors, crossings and names go along.
    pub(super) fn merge(&mut self, edit: &Edit) -> Result<(), Missing> {
        let id = target(edit)?;
        let into = edit.place_in("into").ok_or(Missing { id })?;
        let (from, to) = (self.place_itself(id.place)?, self.place(into)?);
        if from == to {
            return Ok(());
        }
        let mut taken = self.drafts.places[from as usize].clone();
        self.take_away(from);
        let joined = &mut self.drafts.places[to as usize];
        for mut name in taken.names {
            if joined.names.iter().all(|n| n.text != name.text) {
                if name.kind == NameKind::Main {
                    name.kind = NameKind::Alternative;
                }
                joined.names.push(name);
            }
        }
        joined.houses.append(&mut taken.houses);
        joined.lines.append(&mut taken.lines);
        joined.sources.append(&mut taken.sources);
        joined.popularity = joined.popularity.saturating_add(taken.popularity);
        let crossing: Vec<u32> = taken.crossings.iter().map(|(s, _)| *s).collect();
        taken.crossings.retain(|(street, _)| *street != to);
        joined.crossings.retain(|(street, _)| *street != from);
        joined.crossings.append(&mut taken.crossings);
        settle(joined);
        let there = PlaceRef::whole(joined.id);
        for n in crossing {
            let crossings = self.drafts.places[n as usize].crossings.iter_mut();
            crossings
                .filter(|(s, _)| *s == from)
                .for_each(|(s, _)| *s = to);
        }
        for door in &mut self.drafts.doors {
            if door.owner == DoorOwner::Place(from) {
                door.owner = DoorOwner::Place(to);
            }
        }
        self.gone.insert(id, Some(there));
        Ok(())
    }

    /// Gives houses of a street a street of their own.
    pub(super) fn split(&mut self, edit: &Edit) -> Result<(), Missing> {
        let id = target(edit)?;
        let street = self.place(id.place)?;
        let found: Vec<(PlaceRef, SourceId)> = edit
            .split_houses()
            .into_iter()
            .filter_map(|house| Some((house, self.house(house).ok()?)))
            .filter(|(_, (on, _))| *on == street)
            .map(|(house, (_, source))| (house, source))
            .collect();
        let first = found.first().ok_or(Missing { id })?.1;
        let old = self.draft(street);
        let point = old.houses.iter().find(|h| h.source == first);
        let point = point.map_or(old.point, |h| h.point);
        let mut draft = new_draft(edit)?;
        draft.point = point;
        draft.parents.clone_from(&old.parents);
        draft.weight = UNDRAWN_WEIGHT;
        let to = self.create(edit, draft);
        for (house, source) in found {
            let houses = &mut self.drafts.places[street as usize].houses;
            let moved: Vec<DraftHouse> = houses.extract_if(.., |h| h.source == source).collect();
            self.drafts.places[to as usize].houses.extend(moved);
            self.went(house, (street, to), source);
        }
        settle(&mut self.drafts.places[street as usize]);
        settle(&mut self.drafts.places[to as usize]);
        Ok(())
    }
}
