//! Places before they are numbered and written.

use crate::atoms::{Atom, Atoms};
use crate::coord::LonLat;
use crate::ground::Ground;
use crate::names::Name;
use crate::outlines::Outlines;
use crate::place::{Layer, PlaceId};
use crate::snapshot::{RetiredRecord, TakenRecord};
use crate::source::SourceId;
use rustc_hash::{FxHashMap, FxHashSet};

/// A place in the making. Other drafts are known by their position in [`Drafts::places`].
#[derive(Debug, Clone)]
pub struct Draft {
    /// [`PlaceId::NONE`] until it has been given its own.
    pub id: PlaceId,
    pub layer: Layer,
    pub sources: Vec<SourceId>,
    /// The local name first.
    pub names: Vec<Name>,
    pub point: LonLat,
    pub radius_m: u32,
    pub category: Option<Box<str>>,
    pub attributes: Vec<(Box<str>, Box<str>)>,
    pub importance: f32,
    pub popularity: u32,
    /// Areas it lies in, the smallest first.
    pub parents: Vec<u32>,
    /// Rings of an area.
    pub rings: Vec<Vec<LonLat>>,
    /// Lines of a street.
    pub lines: Vec<Vec<LonLat>>,
    pub houses: Vec<DraftHouse>,
    /// Streets that cross it, and where.
    pub crossings: Vec<(u32, LonLat)>,
    /// Rank of a street's best class, population of a settlement.
    pub weight: f64,
}

impl Draft {
    /// A draft of a layer with names at a point, and nothing else yet.
    pub fn new(layer: Layer, sources: Vec<SourceId>, names: Vec<Name>, point: LonLat) -> Draft {
        Draft {
            id: PlaceId::NONE,
            layer,
            sources,
            names,
            point,
            radius_m: 0,
            category: None,
            attributes: Vec::new(),
            importance: 0.0,
            popularity: 0,
            parents: Vec::new(),
            rings: Vec::new(),
            lines: Vec::new(),
            houses: Vec::new(),
            crossings: Vec::new(),
            weight: 0.0,
        }
    }

    /// The local name.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", |n| n.text.as_str())
    }

    /// What a new place derives its id from: its layer and its smallest source.
    pub fn identity(&self) -> String {
        let first = self.sources.iter().min().copied().unwrap_or(SourceId::NONE);
        // Rows of a list move when lines are put in before them.
        let name = if first.is_list() {
            format!(" {}", self.name())
        } else {
            String::new()
        };
        format!("{} {first}{name}", self.layer)
    }

    /// The attribute's value.
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(k, _)| &**k == key)
            .map(|(_, v)| &**v)
    }
}

/// One way to find a house on a street or in a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DraftHouse {
    /// [`crate::Housenumber::key`].
    pub key: u64,
    pub source: SourceId,
    pub point: LonLat,
    pub number: Atom,
    pub postcode: Atom,
    /// How often it was asked for.
    pub popularity: u32,
    pub interpolated: bool,
    /// Found here by its second number, but of another street.
    pub corner: bool,
}

/// What a door belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DoorOwner {
    /// The house with this source.
    House(SourceId),
    /// The draft at this position.
    Place(u32),
}

/// An entrance of a house or an exit of a station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    pub owner: DoorOwner,
    pub source: SourceId,
    pub point: LonLat,
    pub reference: Atom,
    pub flats: Atom,
    pub kind: Atom,
}

/// Everything that a snapshot is written from, resolved.
#[derive(Debug, Default)]
pub struct Drafts {
    pub atoms: Atoms,
    pub places: Vec<Draft>,
    pub doors: Vec<Door>,
    /// (house kept, the same house in another source)
    pub joined: Vec<(SourceId, SourceId)>,
    /// Outlines of buildings in which a point may be nearer to another house.
    pub outlines: Outlines,
    pub ground: Ground,
    /// Ids of former snapshots that point at nothing any more, sorted.
    pub retired: Vec<RetiredRecord>,
    /// Objects of places that edits took away, sorted.
    pub taken: Vec<TakenRecord>,
}

impl Drafts {
    /// The position of each place by its id.
    pub fn by_id(&self) -> FxHashMap<PlaceId, u32> {
        let numbered = (0..).zip(&self.places);
        numbered.map(|(n, draft)| (draft.id, n)).collect()
    }

    /// Drops places; positions in what refers to others follow, and references to what is dropped go with it.
    pub fn drop_places(&mut self, dropped: &FxHashSet<u32>) {
        if dropped.is_empty() {
            return;
        }
        let mut moved: Vec<Option<u32>> = Vec::with_capacity(self.places.len());
        let mut next = 0;
        for n in (0_u32..).take(self.places.len()) {
            moved.push((!dropped.contains(&n)).then_some(next));
            next += u32::from(!dropped.contains(&n));
        }
        let to = |n: u32| moved.get(n as usize).copied().flatten();
        let mut n = 0;
        self.places.retain(|_| {
            n += 1;
            !dropped.contains(&(n - 1))
        });
        for place in &mut self.places {
            place.parents = place.parents.iter().filter_map(|p| to(*p)).collect();
            let crossings = place.crossings.iter();
            place.crossings = crossings
                .filter_map(|(s, at)| Some((to(*s)?, *at)))
                .collect();
        }
        self.doors.retain_mut(|door| match &mut door.owner {
            DoorOwner::House(_) => true,
            DoorOwner::Place(n) => match to(*n) {
                Some(there) => {
                    *n = there;
                    true
                }
                None => false,
            },
        });
    }
}
