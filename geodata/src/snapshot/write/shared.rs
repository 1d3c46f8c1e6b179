//! What many places share, kept once: lists of names, lists of parents, house numbers.

use super::analyze::{Word, analyze};
use super::tables::row;
use crate::draft::{Draft, Drafts};
use crate::snapshot::{NumberRecord, TextId, TextsWriter};
use crate::{Atom, Layer, Name};
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::{BuildHasher, Hash, Hasher};

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

/// The names of a place of some layer, hashed.
#[derive(PartialEq, Eq)]
struct Names<'a> {
    hash: u64,
    layer: Layer,
    names: &'a [Name],
}

impl Hash for Names<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

impl NameLists<'_> {
    /// The names of all places, in their order.
    pub(super) fn of<'a>(drafts: &'a Drafts, order: &[u32]) -> NameLists<'a> {
        let names = |n: &u32| {
            let Draft { layer, names, .. } = &drafts.places[*n as usize];
            Names {
                hash: FxBuildHasher.hash_one((*layer, names)),
                layer: *layer,
                names,
            }
        };
        let all: Vec<Names<'a>> = order.par_iter().map(names).collect();
        let mut numbers: FxHashMap<Names<'a>, u32> = FxHashMap::default();
        let mut lists: Vec<NameList<'a>> = Vec::new();
        let mut of_place = Vec::with_capacity(order.len());
        for own in all {
            let (layer, names) = (own.layer, own.names);
            let number = *numbers.entry(own).or_insert_with(|| {
                lists.push(NameList {
                    layer,
                    names,
                    words: Vec::new(),
                    places: 0,
                });
                row(lists.len() - 1)
            });
            lists[number as usize].places += 1;
            of_place.push(number);
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
    rows: FxHashMap<(u64, Atom), u32>,
}

impl Numbers {
    /// The numbers of all houses.
    pub(super) fn of(drafts: &Drafts, texts: &mut TextsWriter) -> Numbers {
        let mut rows: FxHashMap<(u64, Atom), u32> = FxHashMap::default();
        for house in drafts.places.iter().flat_map(|d| &d.houses) {
            rows.entry((house.key, house.number)).or_insert(0);
        }
        let mut sorted: Vec<(u64, &str, Atom)> = rows
            .keys()
            .map(|(key, atom)| (*key, drafts.atoms.get(*atom), *atom))
            .collect();
        sorted.sort_unstable();
        let mut numbers = Numbers {
            records: Vec::with_capacity(sorted.len()),
            rows,
        };
        for (key, text, atom) in sorted {
            numbers.rows.insert((key, atom), row(numbers.records.len()));
            numbers
                .records
                .push(NumberRecord::new(key, texts.intern(text)));
        }
        numbers
    }

    /// The row of a number.
    pub(super) fn row(&self, key: u64, number: Atom) -> u32 {
        self.rows[&(key, number)]
    }
}

/// Texts of atoms in the pool, each looked up once.
#[derive(Default)]
pub(super) struct AtomTexts(FxHashMap<Atom, TextId>);

impl AtomTexts {
    /// The text of an atom in the pool.
    pub(super) fn intern(
        &mut self,
        atom: Atom,
        drafts: &Drafts,
        texts: &mut TextsWriter,
    ) -> TextId {
        let text = || texts.intern(drafts.atoms.get(atom));
        *self.0.entry(atom).or_insert_with(text)
    }
}
