//! Places of a snapshot → drafts, to be changed and written anew.
//!
//! What is thawed comes with everything that its record says. Its areas and the streets that cross it come along as
//! *context*: with their names, and settlements with their rings, so that labels, areas and crossings are right in the
//! small snapshot that is written from the drafts; they are not to be shown from there.

use super::reader::{DocId, Snapshot};
use super::records::EntranceRecord;
use crate::coord::LonLat;
use crate::draft::{Door, DoorOwner, Draft, DraftHouse, Drafts};
use crate::names::{Name, NameKind};
use crate::place::PlaceId;
use crate::source::SourceId;
use rustc_hash::{FxHashMap, FxHashSet};

/// Places on their way from snapshots to drafts.
#[derive(Default)]
pub struct Thaw {
    drafts: Drafts,
    at: FxHashMap<PlaceId, u32>,
    context: FxHashSet<u32>,
    /// Houses whose doors and joined sources have come along: a corner house is on two streets.
    furnished: FxHashSet<SourceId>,
}

impl Thaw {
    /// Takes a place with all that belongs to it; the first time counts.
    pub fn place(&mut self, snapshot: &Snapshot, doc: DocId) -> u32 {
        let id = snapshot.place(doc).id;
        let n = match self.at.get(&id) {
            Some(n) if !self.context.contains(n) => return *n,
            Some(n) => *n,
            None => self.push(
                Draft::new(
                    snapshot.layer(doc),
                    Vec::new(),
                    Vec::new(),
                    snapshot.place(doc).point,
                ),
                id,
            ),
        };
        self.context.remove(&n);
        let mut draft = self.names_of(snapshot, doc);
        draft.rings = snapshot.shapes().rings_of(doc).map(<[_]>::to_vec).collect();
        draft.lines = snapshot.lines(doc).map(<[_]>::to_vec).collect();
        draft.houses = self.houses_of(snapshot, doc);
        let crossings = snapshot.crossings(doc).iter();
        draft.crossings = crossings
            .map(|c| (self.context(snapshot, c.street), c.point))
            .collect();
        self.drafts.places[n as usize] = draft;
        for exit in snapshot.exits(doc) {
            let door = self.door(snapshot, exit, DoorOwner::Place(n));
            self.drafts.doors.push(door);
        }
        n
    }

    /// The drafts, and the ids of those that are context.
    pub fn finish(mut self) -> (Drafts, FxHashSet<PlaceId>) {
        self.drafts.joined.sort_unstable();
        let id = |n: &u32| self.drafts.places[*n as usize].id;
        let context = self.context.iter().map(id).collect();
        (self.drafts, context)
    }

    /// Ids of what was taken as a whole.
    pub fn taken(&self) -> FxHashSet<PlaceId> {
        let whole = self.at.iter().filter(|(_, n)| !self.context.contains(n));
        whole.map(|(id, _)| *id).collect()
    }

    fn push(&mut self, draft: Draft, id: PlaceId) -> u32 {
        let n = u32::try_from(self.drafts.places.len()).expect("fewer than 4 G places");
        self.drafts.places.push(draft);
        self.at.insert(id, n);
        n
    }

    fn context(&mut self, snapshot: &Snapshot, doc: DocId) -> u32 {
        let id = snapshot.place(doc).id;
        if let Some(n) = self.at.get(&id) {
            return *n;
        }
        let layer = snapshot.layer(doc);
        let n = self.push(
            Draft::new(layer, Vec::new(), Vec::new(), snapshot.place(doc).point),
            id,
        );
        self.context.insert(n);
        let mut draft = self.names_of(snapshot, doc);
        if layer.is_settlement() {
            draft.rings = snapshot.shapes().rings_of(doc).map(<[_]>::to_vec).collect();
        }
        self.drafts.places[n as usize] = draft;
        n
    }

    /// What places and context have.
    fn names_of(&mut self, snapshot: &Snapshot, doc: DocId) -> Draft {
        let record = snapshot.place(doc);
        let names = snapshot.names(doc).iter().map(|n| Name {
            kind: NameKind::from_byte(n.kind),
            language: n.language,
            text: snapshot.text(n.text).to_owned(),
        });
        let layer = snapshot.layer(doc);
        let sources = snapshot.sources(doc).to_vec();
        let mut draft = Draft::new(layer, sources, names.collect(), record.point);
        draft.id = record.id;
        draft.radius_m = record.radius_m;
        draft.importance = record.importance;
        draft.popularity = record.popularity;
        let category = snapshot.text(record.category);
        draft.category = (!category.is_empty()).then(|| category.into());
        let text = |id| snapshot.text(id).into();
        let attributes = snapshot.attributes(doc).iter();
        draft.attributes = attributes.map(|a| (text(a.key), text(a.value))).collect();
        let parents = snapshot.parents(doc).iter();
        draft.parents = parents.map(|p| self.context(snapshot, *p)).collect();
        draft
    }

    fn houses_of(&mut self, snapshot: &Snapshot, doc: DocId) -> Vec<DraftHouse> {
        let mut houses = Vec::with_capacity(snapshot.houses(doc).len());
        for (n, house) in snapshot.houses(doc).iter().enumerate() {
            houses.push(DraftHouse {
                key: house.key(),
                source: house.source,
                point: house.point,
                number: self.drafts.atoms.intern(snapshot.text(house.number)),
                postcode: self.drafts.atoms.intern(snapshot.postcode(doc, n)),
                popularity: snapshot.house_popularity(doc, n),
                interpolated: house.is_interpolated(),
                corner: house.is_corner(),
            });
            if let Some(rings) = snapshot.outline(doc, n) {
                let rings: Vec<&[LonLat]> = rings.iter().map(Vec::as_slice).collect();
                self.drafts.outlines.push(house.source, house.point, &rings);
            }
            if self.furnished.insert(house.source) {
                let joined = snapshot.joined(house.source);
                self.drafts
                    .joined
                    .extend(joined.map(|other| (house.source, other)));
                for entrance in snapshot.entrances(doc, n) {
                    let door = self.door(snapshot, entrance, DoorOwner::House(house.source));
                    self.drafts.doors.push(door);
                }
            }
        }
        houses
    }

    fn door(&mut self, snapshot: &Snapshot, door: &EntranceRecord, owner: DoorOwner) -> Door {
        let mut atom = |id| self.drafts.atoms.intern(snapshot.text(id));
        Door {
            owner,
            source: door.source,
            point: door.point,
            reference: atom(door.reference),
            flats: atom(door.flats),
            kind: atom(door.kind),
        }
    }
}
