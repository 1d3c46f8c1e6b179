//! What many places share, kept once: lists of names, lists of parents, house numbers.

use super::analyze::{Word, analyze};
use super::tables::row;
use crate::draft::{Draft, Drafts};
use crate::snapshot::{NumberRecord, TextId, TextsWriter};
use crate::{Atom, Layer, Name};
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

/// The distinct lists of names, numbered as they first come in the order of the places.
pub(super) struct NameLists<'a> {
    /// The list of each place, in the order of the snapshot.
    pub(super) of_place: Vec<u32>,
    pub(super) lists: Vec<NameList<'a>>,
}

/// Names of places of one layer.
pub(super) struct NameList<'a> {
    pub(super) layer: Layer,
    pub(super) names: &'a [Name],
    /// The words of each name.
    pub(super) words: Vec<Vec<Word>>,
    /// How many places have them.
    pub(super) places: u32,
}

impl NameLists<'_> {
    /// The names of all places, in their order.
    pub(super) fn of<'a>(drafts: &'a Drafts, order: &[u32]) -> NameLists<'a> {
        let draft = |place: u32| &drafts.places[order[place as usize] as usize];
        let first_of = firsts(order.len(), draft);
        let mut lists: Vec<NameList<'a>> = Vec::new();
        let mut of_place: Vec<u32> = Vec::with_capacity(order.len());
        for (place, first) in (0..).zip(first_of) {
            // Places of one list follow their first.
            let list = if first == place {
                let Draft { layer, names, .. } = draft(place);
                lists.push(NameList {
                    layer: *layer,
                    names,
                    words: Vec::new(),
                    places: 0,
                });
                row(lists.len() - 1)
            } else {
                of_place[first as usize]
            };
            lists[list as usize].places += 1;
            of_place.push(list);
        }
        lists.par_iter_mut().for_each(|list| {
            let names = list.names.iter();
            list.words = names.map(|name| analyze(name, list.layer)).collect();
        });
        NameLists { of_place, lists }
    }

    /// The list of a place.
    pub(super) fn get(&self, doc: usize) -> &NameList<'_> {
        &self.lists[self.of_place[doc] as usize]
    }
}

/// The first place of the layer and names of each of some places.
fn firsts<'a>(places: usize, draft: impl Fn(u32) -> &'a Draft + Sync) -> Vec<u32> {
    let all = (0..row(places)).into_par_iter();
    let hash = |place| {
        let Draft { layer, names, .. } = draft(place);
        (FxBuildHasher.hash_one((*layer, names)), place)
    };
    let mut hashed: Vec<(u64, u32)> = all.map(hash).collect();
    hashed.par_sort_unstable();
    let alike = hashed.par_chunk_by(|a, b| a.0 == b.0);
    let same = |a: u32, b: u32| {
        let (a, b) = (draft(a), draft(b));
        a.layer == b.layer && a.names == b.names
    };
    let pairs = alike.flat_map_iter(|alike| {
        let places = alike.iter().map(|(_, place)| *place);
        // Other names may have the same hash.
        places.clone().filter_map(move |place| {
            let first = places.clone().find(|first| same(*first, place))?;
            Some((place, first))
        })
    });
    let mut pairs: Vec<(u32, u32)> = pairs.collect();
    pairs.par_sort_unstable();
    pairs.into_iter().map(|(_, first)| first).collect()
}

/// Lists of numbers, each once.
#[derive(Default)]
pub(super) struct SharedLists {
    known: FxHashMap<Vec<u32>, u32>,
    /// Where each list begins.
    pub(super) firsts: Vec<u32>,
    pub(super) values: Vec<u32>,
}

impl SharedLists {
    /// The number of a list, new or known.
    pub(super) fn intern(&mut self, list: Vec<u32>) -> u32 {
        if let Some(known) = self.known.get(&list) {
            return *known;
        }
        let number = row(self.firsts.len());
        self.firsts.push(row(self.values.len()));
        self.values.extend(&list);
        self.known.insert(list, number);
        number
    }

    /// Ends the last list.
    pub(super) fn finish(&mut self) {
        self.firsts.push(row(self.values.len()));
    }
}

/// House numbers: what is written, and the keys under which it is found.
#[derive(Default)]
pub(super) struct Numbers {
    /// Sorted by key, then by text.
    pub(super) records: Vec<NumberRecord>,
    /// The row of the number of each house, in the order of the snapshot.
    of_house: Vec<u32>,
}

impl Numbers {
    /// The numbers of all houses.
    pub(super) fn of(drafts: &Drafts, order: &[u32], texts: &mut TextsWriter) -> Numbers {
        // Each as it comes first, until all are known and can be put in their order.
        let mut seen: FxHashMap<(u64, Atom), u32> = FxHashMap::default();
        let places = order.iter().map(|n| &drafts.places[*n as usize]);
        let houses = places.flat_map(|d| &d.houses).map(|house| {
            let next = row(seen.len());
            *seen.entry((house.key, house.number)).or_insert(next)
        });
        let mut of_house: Vec<u32> = houses.collect();
        let mut sorted: Vec<(u64, &str, u32)> = seen
            .into_iter()
            .map(|((key, atom), n)| (key, drafts.atoms.get(atom), n))
            .collect();
        sorted.sort_unstable();
        let mut rows = vec![0; sorted.len()];
        let mut records = Vec::with_capacity(sorted.len());
        for (key, text, n) in sorted {
            rows[n as usize] = row(records.len());
            records.push(NumberRecord::new(key, texts.intern(text)));
        }
        of_house.iter_mut().for_each(|n| *n = rows[*n as usize]);
        Numbers { records, of_house }
    }

    /// The row of the number of a house of the snapshot.
    pub(super) fn row(&self, house: u32) -> u32 {
        self.of_house[house as usize]
    }
}

/// Texts of atoms in the pool, each looked up once.
#[derive(Default)]
pub(super) struct AtomTexts {
    known: FxHashMap<Atom, TextId>,
    /// Neighbours have the same postcode.
    last: Option<(Atom, TextId)>,
}

impl AtomTexts {
    /// The text of an atom in the pool.
    pub(super) fn intern(
        &mut self,
        atom: Atom,
        drafts: &Drafts,
        texts: &mut TextsWriter,
    ) -> TextId {
        if let Some((_, text)) = self.last.filter(|(last, _)| *last == atom) {
            return text;
        }
        let text = || texts.intern(drafts.atoms.get(atom));
        let text = *self.known.entry(atom).or_insert_with(text);
        self.last = Some((atom, text));
        text
    }
}
