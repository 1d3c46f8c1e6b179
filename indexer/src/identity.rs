//! Which id each place has, from snapshot to snapshot.
//!
//! A place keeps the id under which an earlier snapshot had it. It is known again by its OSM objects: of several that
//! share objects the pair that shares most wins, and of equals the one of the same name, so that a street that is split,
//! joined, renamed or mapped anew piece by piece stays itself. What shares no object is known again by its name nearby.
//! A new place derives its id from its layer and its smallest source. What no place takes up is retired, with its
//! successor where there is one.

use crate::grid::Grid;
use geodata::draft::{Draft, DraftHouse, Drafts};
use geodata::snapshot::{DocId, RetiredRecord, Snapshot};
use geodata::{Layer, PlaceId, PlaceRef, SourceId};
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use serde::Serialize;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use synonyms::fold;

/// How far a place of the same name may have moved to be the same one, in metres.
const SAME_NAME_M: f64 = 500.0;

/// How many places of a layer, or houses, kept their id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Churn {
    pub kept: u64,
    pub new: u64,
    pub retired: u64,
}

impl Churn {
    /// The share of the former ids that are gone, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
    pub fn lost(&self) -> f64 {
        let before = self.kept + self.retired;
        self.retired as f64 / before.max(1) as f64
    }
}

/// What became of the ids of the snapshot before, by layer.
pub type Changes = BTreeMap<String, Churn>;

/// Layers that turn into each other when somebody corrects a tag: a village that is called a town is still itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Area,
    Street,
    Thing,
}

fn kind(layer: Layer) -> Kind {
    match layer {
        Layer::Street => Kind::Street,
        l if l.is_area() => Kind::Area,
        _ => Kind::Thing,
    }
}

/// What became of the ids of the snapshot before, until it is known which places remain.
pub struct Bridged {
    changes: Changes,
    /// Places that share an object or the name with a former place.
    successors: FxHashMap<DocId, PlaceId>,
    /// Places that are known again as no former one.
    new: Vec<u32>,
}

/// Gives every draft its id; `before` is the snapshot whose ids are kept.
pub fn assign(drafts: &mut Drafts, before: Option<&Snapshot>) -> Bridged {
    let mut bridge = Bridge {
        ids: vec![None; drafts.places.len()],
        taken: FxHashSet::default(),
        successors: FxHashMap::default(),
    };
    if let Some(before) = before {
        let unmatched = bridge.by_source(drafts, before);
        bridge.by_name(drafts, before, &unmatched);
    }
    let mut changes = Changes::new();
    for (n, kept) in bridge.ids.iter().enumerate() {
        let churn = changes
            .entry(drafts.places[n].layer.to_string())
            .or_default();
        let counter = if kept.is_some() {
            &mut churn.kept
        } else {
            &mut churn.new
        };
        *counter += 1;
    }
    let ids = (0..).zip(&bridge.ids);
    let new = ids.filter(|(_, id)| id.is_none()).map(|(n, _)| n).collect();
    bridge.derive_new(drafts);
    let id_of = |n: u32| drafts.places[n as usize].id;
    let successors = bridge.successors.into_iter();
    Bridged {
        changes,
        successors: successors.map(|(doc, n)| (doc, id_of(n))).collect(),
        new,
    }
}

impl Bridged {
    /// The place that is known again as a former one, or that shares objects with it.
    pub fn successor(&self, doc: DocId) -> Option<PlaceId> {
        self.successors.get(&doc).copied()
    }

    /// The nearest place that is new in the sources and would be known again as a place of this layer, name and point.
    pub fn new_like(&self, drafts: &Drafts, draft: &Draft) -> Option<PlaceId> {
        let own = (kind(draft.layer), fold(draft.name()));
        let new = self.new.iter().map(|n| &drafts.places[*n as usize]);
        new.filter(|d| !draft.name().is_empty() && (kind(d.layer), fold(d.name())) == own)
            .map(|d| (d.point.distance_m(draft.point), d.id))
            .filter(|(distance_m, _)| *distance_m <= SAME_NAME_M)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, id)| id)
    }

    /// Lists the ids that nothing has any more, sorted, together with those that were retired before and stayed so.
    /// `merged` are places and houses that edits took out, with what took their place.
    pub fn retire(
        mut self,
        drafts: &mut Drafts,
        before: Option<&Snapshot>,
        merged: &FxHashMap<PlaceRef, Option<PlaceRef>>,
    ) -> Changes {
        let Some(before) = before else {
            let taken_out = merged
                .iter()
                .map(|(gone, to)| RetiredRecord::new(*gone, *to));
            drafts.retired = taken_out.collect();
            drafts.retired.sort_unstable();
            return self.changes;
        };
        let houses = Houses::new(drafts);
        let mut retired = Vec::new();
        for doc in 0..DocId::try_from(before.len()).unwrap_or(DocId::MAX) {
            let id = before.place(doc).id;
            if !houses.at.contains_key(&id) {
                let layer = before.layer(doc).to_string();
                self.changes.entry(layer).or_default().retired += 1;
                let successor = self.successors.get(&doc).copied().map(PlaceRef::whole);
                retired.push(RetiredRecord::new(PlaceRef::whole(id), successor));
            }
        }
        let (lost, churn) = houses.lost(before);
        self.changes.insert(Layer::House.to_string(), churn);
        retired.extend(houses.retire(&lost));
        retired.retain(|r| r.gone().is_none_or(|gone| !merged.contains_key(&gone)));
        retired.extend(
            merged
                .iter()
                .map(|(gone, to)| RetiredRecord::new(*gone, *to)),
        );
        let again: FxHashSet<Option<PlaceRef>> = retired.iter().map(RetiredRecord::gone).collect();
        let still = before.retired().iter().filter(|r| {
            let gone = r.gone();
            !again.contains(&gone) && !gone.is_some_and(|gone| houses.has(gone))
        });
        retired.extend(still);
        retired.sort_unstable();
        drafts.retired = retired;
        self.changes
    }
}

/// Places that edits took away: the sources may have them still, and the edits know them by their ids.
struct Taken {
    /// Their ids; they are numbered on from the documents of the snapshot.
    places: Vec<PlaceId>,
    first: u32,
    objects: Vec<(Kind, SourceId, u32)>,
    /// Objects that they brought to what they were merged into: not its own.
    brought: FxHashSet<(PlaceId, SourceId)>,
}

impl Taken {
    fn of(before: &Snapshot) -> Taken {
        let mut taken = Taken {
            places: Vec::new(),
            first: u32::try_from(before.len()).unwrap_or(u32::MAX),
            objects: Vec::new(),
            brought: FxHashSet::default(),
        };
        for (former, run) in (taken.first..).zip(before.taken().chunk_by(|a, b| a.place == b.place))
        {
            let place = run[0].place;
            taken.places.push(place);
            let successor = before
                .gone(PlaceRef::whole(place))
                .and_then(|g| g.successor);
            for record in run {
                let layer = Layer::from_byte(record.layer).unwrap_or(Layer::Poi);
                taken.objects.push((kind(layer), record.source, former));
                taken
                    .brought
                    .extend(successor.map(|s| (s.place, record.source)));
            }
        }
        taken
    }

    /// The id of the place with such a number, if it is none of the snapshot.
    fn place(&self, former: u32) -> Option<PlaceId> {
        let n = former.checked_sub(self.first)?;
        self.places.get(n as usize).copied()
    }
}

struct Bridge {
    /// The id of each draft, once it has one.
    ids: Vec<Option<PlaceId>>,
    taken: FxHashSet<PlaceId>,
    /// Drafts that share an object or the name with a former place, the best first.
    successors: FxHashMap<DocId, u32>,
}

impl Bridge {
    fn take(&mut self, draft: u32, id: PlaceId) {
        self.ids[draft as usize] = Some(id);
        self.taken.insert(id);
    }

    /// Places that share OSM objects; returns the former places that remain.
    fn by_source(&mut self, drafts: &Drafts, before: &Snapshot) -> Vec<DocId> {
        let docs = 0..DocId::try_from(before.len()).unwrap_or(DocId::MAX);
        let taken = Taken::of(before);
        let mut had: FxHashMap<(Kind, SourceId), u32> = FxHashMap::default();
        for doc in docs.clone() {
            let id = before.place(doc).id;
            let sources = before.sources(doc).iter().filter(|s| s.is_osm());
            for source in sources.filter(|s| !taken.brought.contains(&(id, **s))) {
                had.entry((kind(before.layer(doc)), *source)).or_insert(doc);
            }
        }
        for (kind, source, former) in &taken.objects {
            had.entry((*kind, *source)).or_insert(*former);
        }
        let pairs = |(n, draft): (u32, &Draft)| {
            let own = kind(draft.layer);
            let mut shared: Vec<DocId> = draft
                .sources
                .iter()
                .filter_map(|s| had.get(&(own, *s)).copied())
                .collect();
            shared.sort_unstable();
            let shared = shared.chunk_by(|a, b| a == b).map(|run| {
                let doc = run[0];
                let names = if taken.place(doc).is_some() {
                    &[][..]
                } else {
                    before.names(doc)
                };
                let same_name = names
                    .first()
                    .is_some_and(|name| before.text(name.text) == draft.name());
                (run.len(), same_name, doc, n)
            });
            shared.collect::<Vec<_>>()
        };
        let numbered = (0_u32..).zip(&drafts.places).collect::<Vec<_>>();
        let mut pairs: Vec<_> = numbered.into_par_iter().flat_map_iter(pairs).collect();
        // Most shared objects first, then the same name; ties by number, so that the order never depends on threads.
        pairs.par_sort_unstable_by(|a, b| {
            (b.0, b.1)
                .cmp(&(a.0, a.1))
                .then((a.2, a.3).cmp(&(b.2, b.3)))
        });
        let mut met = vec![false; before.len() + taken.places.len()];
        for (_, _, former, draft) in pairs {
            let id = match taken.place(former) {
                Some(id) => id,
                None => {
                    self.successors.entry(former).or_insert(draft);
                    before.place(former).id
                }
            };
            if self.ids[draft as usize].is_none() && !met[former as usize] {
                met[former as usize] = true;
                self.take(draft, id);
            }
        }
        docs.filter(|doc| !met[*doc as usize]).collect()
    }

    /// Places that share no object with any former one, but the name with one nearby: redrawn.
    fn by_name(&mut self, drafts: &Drafts, before: &Snapshot, unmatched: &[DocId]) {
        if unmatched.is_empty() {
            return;
        }
        let mut near: Grid<(Kind, u64, DocId)> = Grid::new(SAME_NAME_M);
        for doc in unmatched {
            let name = before.names(*doc).first();
            let name = hash(name.map_or("", |n| before.text(n.text)));
            near.insert(
                before.place(*doc).point,
                (kind(before.layer(*doc)), name, *doc),
            );
        }
        for (n, draft) in (0_u32..).zip(&drafts.places) {
            if draft.name().is_empty() || self.ids[n as usize].is_some() {
                continue;
            }
            let own = (kind(draft.layer), hash(draft.name()));
            let named = near
                .around(draft.point)
                .filter(|(kind, name, _)| (*kind, *name) == own);
            let found = named
                .map(|(_, _, doc)| (before.place(*doc).point.distance_m(draft.point), *doc))
                .filter(|(distance, doc)| {
                    *distance <= SAME_NAME_M && !self.taken.contains(&before.place(*doc).id)
                })
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            if let Some((_, doc)) = found {
                self.successors.insert(doc, n);
                self.take(n, before.place(doc).id);
            }
        }
    }

    /// Ids of places that no snapshot had; should two identities meet in one hash, or one object be in two places, the
    /// second is told apart.
    fn derive_new(&mut self, drafts: &mut Drafts) {
        let new = drafts.places.par_iter().zip(&self.ids);
        let wished = new.map(|(draft, kept)| match kept {
            Some(id) => *id,
            None => PlaceId::derive(&draft.identity()),
        });
        let wished: Vec<PlaceId> = wished.collect();
        for ((n, draft), mut id) in (0_u32..).zip(&mut drafts.places).zip(wished) {
            if self.ids[n as usize].is_none() {
                let mut nth = 2;
                while self.taken.contains(&id) || id.is_none() {
                    id = PlaceId::derive(&format!("{} {nth}", draft.identity()));
                    nth += 1;
                }
                self.take(n, id);
            }
            draft.id = self.ids[n as usize].unwrap_or(PlaceId::NONE);
        }
    }
}

/// Names are compared by a hash of how they are read: two that collide within a few hundred metres are no worry.
fn hash(name: &str) -> u64 {
    FxBuildHasher.hash_one(fold(name))
}

/// The houses of the new places, by the ids of their streets.
struct Houses<'a> {
    drafts: &'a Drafts,
    /// Where the place with an id is.
    at: FxHashMap<PlaceId, u32>,
}

/// A house that is not under its id any more.
struct LostHouse {
    street: PlaceId,
    source: SourceId,
    /// The number it had.
    key: u64,
}

impl Houses<'_> {
    fn new(drafts: &Drafts) -> Houses<'_> {
        Houses {
            drafts,
            at: drafts.by_id(),
        }
    }

    fn of(&self, street: PlaceId) -> &[DraftHouse] {
        let draft = self.at.get(&street);
        draft.map_or(&[], |n| &self.drafts.places[*n as usize].houses)
    }

    /// Whether an id points at a place or a house of the new ones.
    fn has(&self, id: PlaceRef) -> bool {
        match id.part {
            None => self.at.contains_key(&id.place),
            Some(_) => self.of(id.place).iter().any(|h| id.is_house(h.source)),
        }
    }

    /// Houses of a former snapshot that are not under their id any more.
    fn lost(&self, before: &Snapshot) -> (Vec<LostHouse>, Churn) {
        let docs = 0..DocId::try_from(before.len()).unwrap_or(DocId::MAX);
        let of_street = |doc: DocId| {
            let street = before.place(doc).id;
            let had = before.houses(doc);
            let had_sources = distinct(had.iter().map(|h| h.source));
            let has = distinct(self.of(street).iter().map(|h| h.source));
            let number = had_sources.len() as u64;
            let gone = had_sources
                .into_iter()
                .filter(|s| has.binary_search(s).is_err());
            let lost = gone.map(|source| LostHouse {
                street,
                source,
                key: had
                    .iter()
                    .find(|h| h.source == source)
                    .map_or(0, |h| h.key()),
            });
            (number, lost.collect::<Vec<_>>())
        };
        let all: Vec<_> = docs
            .into_par_iter()
            .filter(|doc| !before.houses(*doc).is_empty())
            .map(of_street)
            .collect();
        let had: u64 = all.iter().map(|(number, _)| number).sum();
        let lost: Vec<LostHouse> = all.into_iter().flat_map(|(_, lost)| lost).collect();
        let now = self
            .drafts
            .places
            .par_iter()
            .map(|d| distinct(d.houses.iter().map(|h| h.source)));
        let now: u64 = now.map(|sources| sources.len() as u64).sum();
        let retired = lost.len() as u64;
        let kept = had - retired;
        let churn = Churn {
            kept,
            new: now.saturating_sub(kept),
            retired,
        };
        (lost, churn)
    }

    /// What is written of lost houses: the same object may be on another street now, or another object may have the
    /// number. Of a street that is gone with its houses the street's own record says enough.
    fn retire(&self, lost: &[LostHouse]) -> Vec<RetiredRecord> {
        let wanted: FxHashSet<SourceId> = lost.iter().map(|l| l.source).collect();
        let mut moved: FxHashMap<SourceId, PlaceId> = FxHashMap::default();
        for draft in &self.drafts.places {
            let sources = draft.houses.iter().map(|h| h.source);
            for source in sources.filter(|s| wanted.contains(s)) {
                moved.entry(source).or_insert(draft.id);
            }
        }
        let record = |house: &LostHouse| {
            let id = PlaceRef::house(house.street, house.source);
            let there = moved
                .get(&house.source)
                .map(|s| PlaceRef::house(*s, house.source));
            let instead = || {
                let same = self.of(house.street).iter().find(|h| h.key == house.key)?;
                Some(PlaceRef::house(house.street, same.source))
            };
            let successor = there.or_else(instead);
            let told = successor.is_some() || self.at.contains_key(&house.street);
            told.then(|| RetiredRecord::new(id, successor))
        };
        lost.iter().filter_map(record).collect()
    }
}

fn distinct(sources: impl Iterator<Item = SourceId>) -> Vec<SourceId> {
    let mut sources: Vec<SourceId> = sources.collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}
