//! Edits → drafts.
//!
//! Edits are applied in the order of their approval; the last word on a field counts. Places that edits take away stay
//! in their rows until [`Workbench::finish`], so that positions hold meanwhile.

use super::edit::{Edit, NewHouse, Subject};
use super::fields::{Fields, house_fields, place_fields, set_place_field};
use super::operation::Operation;
use crate::coord::{Bbox, LonLat};
use crate::draft::{Draft, DraftHouse, Drafts};
use crate::housenumber::Housenumber;
use crate::importance;
use crate::names::{LanguageTag, Name, NameKind};
use crate::place::{Layer, PlaceId, PlaceRef};
use crate::snapshot::TakenRecord;
use crate::source::SourceId;
use rustc_hash::{FxHashMap, FxHashSet};
use thiserror::Error;

/// The class of a street that nobody has drawn: as that of a street known from addresses only.
pub(super) const UNDRAWN_WEIGHT: f64 = 0.2;
/// How many places that took another's place are followed.
const MAX_SUCCESSIONS: usize = 32;

/// What an edit is about is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no place `{id}`")]
pub struct Missing {
    pub id: PlaceRef,
}

/// Drafts under the hands of cartographers.
pub struct Workbench<'a> {
    pub(super) drafts: &'a mut Drafts,
    at: FxHashMap<PlaceId, u32>,
    pub(super) dropped: FxHashSet<u32>,
    /// What is known under another id here.
    known_as: FxHashMap<PlaceRef, PlaceRef>,
    pub(super) gone: FxHashMap<PlaceRef, Option<PlaceRef>>,
    /// Objects of places that were taken away.
    pub(super) taken: FxHashMap<(u8, SourceId), TakenRecord>,
}

impl<'a> Workbench<'a> {
    /// All drafts need to have their ids.
    pub fn new(drafts: &'a mut Drafts) -> Workbench<'a> {
        Workbench {
            at: drafts.by_id(),
            drafts,
            dropped: FxHashSet::default(),
            known_as: FxHashMap::default(),
            gone: FxHashMap::default(),
            taken: FxHashMap::default(),
        }
    }

    /// From now on an id that is not there stands for another one.
    pub fn know_as(&mut self, id: PlaceRef, other: PlaceRef) {
        self.known_as.insert(id, other);
    }

    /// What an edit would create is there: whoever knows it by the edit's id is told.
    pub fn created_as(&mut self, id: PlaceId, there: PlaceId) {
        let (id, there) = (PlaceRef::whole(id), PlaceRef::whole(there));
        self.know_as(id, there);
        self.gone.insert(id, Some(there));
    }

    /// The id under which an edit's new place is known.
    pub fn created_id(edit: &Edit) -> Option<PlaceId> {
        Some(PlaceId::derive(&Workbench::sketch(edit)?.identity()))
    }

    /// What an edit creates, as far as one has to know to find the same on a map: layer, names and point.
    pub fn sketch(edit: &Edit) -> Option<Draft> {
        let layer = match edit.operation {
            Operation::CreatePlace => edit.after.get("layer")?.as_str()?.parse().ok()?,
            Operation::CreateStreet | Operation::Split => Layer::Street,
            _ => return None,
        };
        let lines = edit.lines();
        let longest = lines.iter().max_by_key(|l| l.len());
        let middle = longest.and_then(|l| l.get(l.len() / 2)).copied();
        let point = edit.position().or(middle);
        let point = point.or_else(|| edit.new_houses().first().map(|h| h.point));
        let point = point.unwrap_or(LonLat::clamped(0.0, 0.0));
        let source = vec![SourceId::edit(edit.number, 0)];
        Some(Draft::new(layer, source, names(&edit.after), point))
    }

    /// Drops what was taken away; returns the ids of it with what took their place.
    pub fn finish(self) -> FxHashMap<PlaceRef, Option<PlaceRef>> {
        self.drafts.drop_places(&self.dropped);
        self.drafts.taken = self.taken.into_values().collect();
        self.drafts.taken.sort_unstable();
        self.gone
    }

    /// Positions of places that edits took away.
    pub fn dropped(&self) -> &FxHashSet<u32> {
        &self.dropped
    }

    /// The draft at a position.
    pub fn draft(&self, n: u32) -> &Draft {
        &self.drafts.places[n as usize]
    }

    /// Where a place is.
    ///
    /// # Errors
    /// When it is not there, nor what took its place.
    pub fn place(&self, id: PlaceId) -> Result<u32, Missing> {
        let asked = PlaceRef::whole(id);
        let mut id = asked;
        for _ in 0..MAX_SUCCESSIONS {
            let at = self.at.get(&id.place).filter(|n| !self.dropped.contains(n));
            if let Some(n) = at {
                return Ok(*n);
            }
            let next = self.gone.get(&id).copied().flatten();
            let Some(next) = next.or_else(|| self.known_as.get(&id).copied()) else {
                break;
            };
            id = PlaceRef::whole(next.place);
        }
        Err(Missing { id: asked })
    }

    /// Where a place is itself: what took its place is another one, which keeps its own names and stays.
    ///
    /// # Errors
    /// When it is not there.
    pub fn place_itself(&self, id: PlaceId) -> Result<u32, Missing> {
        let at = self.at.get(&id).filter(|n| !self.dropped.contains(n));
        let id = PlaceRef::whole(id);
        at.copied().ok_or(Missing { id })
    }

    /// The street and the source of a house.
    ///
    /// # Errors
    /// When it is not there, nor what took its place.
    pub fn house(&self, id: PlaceRef) -> Result<(u32, SourceId), Missing> {
        let asked = id;
        let mut id = id;
        for _ in 0..MAX_SUCCESSIONS {
            let street = self.place(id.place).ok();
            let source = street.and_then(|n| {
                let mut houses = self.draft(n).houses.iter();
                // A house of a street that another one took up keeps its object.
                houses.find(|h| id.is_house(h.source))
            });
            if let Some((n, house)) = street.zip(source) {
                return Ok((n, house.source));
            }
            let next = self.gone.get(&id).copied().flatten();
            match next.or_else(|| self.known_as.get(&id).copied()) {
                Some(next) => id = next,
                None => break,
            }
        }
        Err(Missing { id: asked })
    }

    /// All fields of a place or house.
    ///
    /// # Errors
    /// When it is not there.
    pub fn fields(&self, id: PlaceRef) -> Result<Fields, Missing> {
        if id.part.is_none() {
            return Ok(place_fields(self.draft(self.place(id.place)?)));
        }
        let (street, source) = self.house(id)?;
        let draft = self.draft(street);
        let house = draft.houses.iter().find(|h| h.source == source);
        let house = house.ok_or(Missing { id })?;
        Ok(house_fields(self.drafts, draft.id, house))
    }

    /// Applies an edit; one that has been applied already changes nothing more.
    ///
    /// # Errors
    /// When its target, or a place that it names, is not there; nothing is changed then.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), Missing> {
        match edit.operation {
            Operation::CreatePlace => self.create_place(edit),
            Operation::CreateStreet => self.create_street(edit),
            Operation::CreateHouses => {
                let street = self.place(target(edit)?.place)?;
                self.add_houses(street, &edit.new_houses(), (edit.number, 0));
                Ok(())
            }
            Operation::Merge => self.merge(edit),
            Operation::Split => self.split(edit),
            Operation::AddSynonym => self.add_synonym(edit),
            Operation::Delete | Operation::Hide => self.remove(target(edit)?),
            _ if edit.subject() == Subject::House => self.set_house(edit),
            _ => {
                let n = self.place_itself(target(edit)?.place)?;
                let draft = &mut self.drafts.places[n as usize];
                for (key, value) in &edit.after {
                    set_place_field(draft, key, value);
                }
                Ok(())
            }
        }
    }

    /// The areas that something in a place lies in: the place and its own areas.
    fn inside(&self, place: Option<PlaceId>) -> Result<Vec<u32>, Missing> {
        let Some(place) = place else {
            return Ok(Vec::new());
        };
        let n = self.place(place)?;
        let parents = self.draft(n).parents.iter().copied();
        Ok(std::iter::once(n).chain(parents).collect())
    }

    /// Puts a new place in; one that is there already stays.
    pub(super) fn create(&mut self, edit: &Edit, mut draft: Draft) -> u32 {
        let id = Workbench::created_id(edit).unwrap_or(PlaceId::NONE);
        if let Ok(n) = self.place(id) {
            return n;
        }
        draft.id = id;
        draft.importance = importance(&draft);
        let n = u32::try_from(self.drafts.places.len()).expect("fewer than 4 G places");
        self.at.insert(id, n);
        self.drafts.places.push(draft);
        n
    }

    fn create_place(&mut self, edit: &Edit) -> Result<(), Missing> {
        let mut draft = new_draft(edit)?;
        draft.parents = self.inside(edit.place_in("within"))?;
        for (key, value) in &edit.after {
            if !matches!(key.as_str(), "layer" | "position" | "within") {
                set_place_field(&mut draft, key, value);
            }
        }
        self.create(edit, draft);
        Ok(())
    }

    fn create_street(&mut self, edit: &Edit) -> Result<(), Missing> {
        let mut draft = new_draft(edit)?;
        draft.parents = self.inside(edit.place_in("within"))?;
        draft.weight = UNDRAWN_WEIGHT;
        draft.lines = edit.lines();
        let n = self.create(edit, draft);
        self.add_houses(n, &edit.new_houses(), (edit.number, 1));
        Ok(())
    }

    /// Adds houses to a street; a number that it has nearby stays as it is.
    fn add_houses(&mut self, n: u32, houses: &[NewHouse], (edit, first): (u32, u16)) {
        for (part, house) in (first..).zip(houses) {
            let source = SourceId::edit(edit, part);
            let records = self.house_records(house, source);
            let draft = &mut self.drafts.places[n as usize];
            let known = draft.houses.iter().any(|h| h.source == source);
            if !known && upstream_house(draft, house).is_none() {
                draft.houses.extend(records);
            }
        }
        settle(&mut self.drafts.places[n as usize]);
    }

    fn house_records(&mut self, house: &NewHouse, source: SourceId) -> Vec<DraftHouse> {
        let number = self.drafts.atoms.intern(&house.number);
        let postcode = self.drafts.atoms.intern(&house.postcode);
        let keys = Housenumber::keys_of_tag(&house.number).unwrap_or_default();
        let record = |key| DraftHouse {
            key,
            source,
            point: house.point,
            number,
            postcode,
            popularity: 0,
            interpolated: false,
            corner: false,
        };
        keys.into_iter().map(record).collect()
    }

    /// The streets on which a house may be found: its own first and, for a corner, those that cross it.
    fn found_on(&self, street: u32) -> Vec<u32> {
        let crossing = self.draft(street).crossings.iter().map(|(s, _)| *s);
        std::iter::once(street).chain(crossing).collect()
    }

    pub(super) fn take_house(&mut self, street: u32, source: SourceId) -> Vec<DraftHouse> {
        let mut taken = Vec::new();
        for n in self.found_on(street) {
            let houses = &mut self.drafts.places[n as usize].houses;
            taken.extend(houses.extract_if(.., |h| h.source == source));
        }
        taken
    }

    fn set_house(&mut self, edit: &Edit) -> Result<(), Missing> {
        let id = target(edit)?;
        let (street, source) = self.house(id)?;
        let to = match edit.place_in("street") {
            Some(other) => self.place(other)?,
            None => street,
        };
        if let Some(point) = edit.position() {
            for n in self.found_on(street) {
                let houses = self.drafts.places[n as usize].houses.iter_mut();
                houses
                    .filter(|h| h.source == source)
                    .for_each(|h| h.point = point);
            }
        }
        if let Some(postcode) = edit.after.get("postcode") {
            let postcode = self
                .drafts
                .atoms
                .intern(postcode.as_str().unwrap_or_default());
            let houses = self.drafts.places[street as usize].houses.iter_mut();
            houses
                .filter(|h| h.source == source)
                .for_each(|h| h.postcode = postcode);
        }
        if let Some(number) = edit.after.get("housenumber").and_then(|n| n.as_str()) {
            let old = self.take_house(street, source).first().copied();
            let old = old.ok_or(Missing { id })?;
            let house = NewHouse {
                number: number.trim().to_owned(),
                point: old.point,
                postcode: self.drafts.atoms.get(old.postcode).to_owned(),
            };
            let records = self.house_records(&house, source).into_iter();
            let records = records.map(|h| DraftHouse {
                popularity: old.popularity,
                ..h
            });
            self.drafts.places[street as usize].houses.extend(records);
        }
        if to != street {
            let houses = &mut self.drafts.places[street as usize].houses;
            let moved: Vec<DraftHouse> = houses.extract_if(.., |h| h.source == source).collect();
            self.drafts.places[to as usize].houses.extend(moved);
            self.went(id, (street, to), source);
            settle(&mut self.drafts.places[to as usize]);
        }
        settle(&mut self.drafts.places[street as usize]);
        Ok(())
    }

    fn add_synonym(&mut self, edit: &Edit) -> Result<(), Missing> {
        let n = self.place(target(edit)?.place)?;
        let text = edit.after.get("synonym").and_then(|s| s.as_str());
        let text = text.unwrap_or_default().trim();
        let names = &mut self.drafts.places[n as usize].names;
        if names.iter().all(|n| n.text != text) {
            names.push(Name {
                kind: NameKind::Alternative,
                language: LanguageTag::NONE,
                text: text.to_owned(),
            });
        }
        Ok(())
    }
}

/// How near a house of the map has to be to one that an edit creates to be the same one, in metres: as when two sources
/// are joined.
const SAME_HOUSE_M: f64 = 150.0;

/// The house of a street that another source has under the same number nearby.
pub(super) fn upstream_house<'d>(street: &'d Draft, house: &NewHouse) -> Option<&'d DraftHouse> {
    let keys = Housenumber::keys_of_tag(&house.number).unwrap_or_default();
    street.houses.iter().find(|h| {
        keys.first() == Some(&h.key)
            && !h.source.is_edit()
            && !h.interpolated
            && h.point.distance_m(house.point) <= SAME_HOUSE_M
    })
}

/// What an edit creates, without what it has of its surroundings.
pub(super) fn new_draft(edit: &Edit) -> Result<Draft, Missing> {
    let none = PlaceRef::whole(PlaceId::NONE);
    Workbench::sketch(edit).ok_or(Missing { id: none })
}

pub(super) fn target(edit: &Edit) -> Result<PlaceRef, Missing> {
    let none = PlaceRef::whole(PlaceId::NONE);
    edit.target.ok_or(Missing { id: none })
}

fn names(fields: &Fields) -> Vec<Name> {
    let mut draft = Draft::new(
        Layer::Poi,
        Vec::new(),
        Vec::new(),
        LonLat::clamped(0.0, 0.0),
    );
    for (key, value) in fields.iter().filter(|(key, _)| super::is_name(key)) {
        set_place_field(&mut draft, key, value);
    }
    draft.names
}

/// Brings houses in order, and the radius up to date.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no place is larger than the earth"
)]
pub(super) fn settle(draft: &mut Draft) {
    draft.houses.sort_unstable();
    let points = draft.lines.iter().flatten().copied();
    let points = points.chain(draft.houses.iter().map(|h| h.point));
    if let Some(bbox) = Bbox::around(points.chain([draft.point])) {
        let radius_m = bbox.diagonal_m() / 2.0;
        draft.radius_m = draft.radius_m.max(radius_m.round() as u32);
    }
}
