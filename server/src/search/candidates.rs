//! Which documents have the words of a query, lie around its focus, belong to its areas and categories.
//!
//! Each list is looked up in the index once per question, by the first reading that needs it.

use super::documents::Documents;
use super::spelling::{Spelling, keys_with_prefix};
use super::text::QueryText;
use geodata::snapshot::{Cells, DocId, KeyId, MAX_PREFIX_CHARS, Snapshot, TokenRecord};
use geodata::{Layer, LonLat};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use tantivy::SegmentReader;
use tantivy::schema::{Field, Term};

/// The fewest letters of a growing word by which an area is looked up.
const MIN_BEGUN_AREA: usize = 3;

/// The lists of documents that a question has looked up.
#[derive(Default)]
pub(super) struct Lists {
    words: Vec<WordDocuments>,
    cells: [OnceCell<Documents>; Cells::ZOOMS.len()],
    areas: RefCell<FxHashMap<Vec<DocId>, Documents>>,
    /// Whether a token begins a name of an area.
    begins: RefCell<FxHashMap<(usize, DocId), bool>>,
}

/// The documents of one word of the query.
#[derive(Default)]
struct WordDocuments {
    alone: OnceCell<Documents>,
    in_company: OnceCell<Documents>,
    area: OnceCell<Documents>,
}

impl Lists {
    /// No lists yet for a text.
    pub(super) fn of(text: &QueryText) -> Lists {
        let words = text.tokens.iter().map(|_| WordDocuments::default());
        Lists {
            words: words.collect(),
            ..Lists::default()
        }
    }

    /// Forgets the documents of a word that may stand for more words now.
    pub(super) fn forget(&mut self, token: usize) {
        self.words[token] = WordDocuments::default();
    }
}

/// The index as one question sees it.
pub(super) struct QuestionIndex<'a> {
    snapshot: &'a Snapshot,
    segment: Option<&'a SegmentReader>,
    text: &'a QueryText,
    spellings: &'a [Spelling],
    lists: &'a Lists,
}

impl<'a> QuestionIndex<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        text: &'a QueryText,
        (spellings, lists): (&'a [Spelling], &'a Lists),
    ) -> QuestionIndex<'a> {
        QuestionIndex {
            snapshot,
            segment: snapshot.searcher().segment_readers().first(),
            text,
            spellings,
            lists,
        }
    }

    /// Whether the word may still be growing.
    fn grows(&self, token: usize) -> bool {
        self.text.tokens[token].prefix
    }

    fn union(&self, field: Field, terms: impl Iterator<Item = Term>) -> Documents {
        let index = self.segment.and_then(|s| s.inverted_index(field).ok());
        index.map_or_else(Documents::default, |index| Documents::of(&index, terms))
    }

    /// Keys of the words that a token may stand for.
    fn keys(&self, spelling: &Spelling) -> Vec<KeyId> {
        let typed = spelling.keys.iter().chain(&spelling.typo_keys).copied();
        typed.chain(spelling.meaning_keys()).collect()
    }

    /// Documents with a word that a token may stand for.
    ///
    /// An initial on the map («К. Маркса») stands for a word only in company of others.
    pub(super) fn with_word(&self, token: usize, in_company: bool) -> &Documents {
        let words = &self.lists.words[token];
        let alone = words.alone.get_or_init(|| self.look_up(token));
        if !in_company {
            return alone;
        }
        words
            .in_company
            .get_or_init(|| match self.spellings[token].initial_key {
                Some(initial) => {
                    let field = self.snapshot.fields().key;
                    alone.or(&self.union(field, self.key_terms(field, vec![initial])))
                }
                None => alone.clone(),
            })
    }

    fn look_up(&self, token: usize) -> Documents {
        let fields = self.snapshot.fields();
        let spelling = &self.spellings[token];
        let mut keys = self.keys(spelling);
        let mut beginnings = Vec::new();
        let sounds = spelling.sounds.iter().chain(&spelling.other_beginnings);
        let begins = self.grows(token) || spelling.is_cut();
        for sound in sounds.filter(|_| begins) {
            if sound.len() <= MAX_PREFIX_CHARS {
                beginnings.push(Term::from_field_text(fields.prefix, sound));
            } else {
                keys.extend(keys_with_prefix(sound, self.snapshot));
            }
        }
        let whole = self.union(fields.key, self.key_terms(fields.key, keys));
        if beginnings.is_empty() {
            whole
        } else {
            self.union(fields.prefix, beginnings.into_iter()).or(&whole)
        }
    }

    /// Areas with a word that a token may stand for.
    pub(super) fn with_area_word(&self, token: usize) -> &Documents {
        self.lists.words[token].area.get_or_init(|| {
            let field = self.snapshot.fields().area_key;
            let spelling = &self.spellings[token];
            let mut keys = self.keys(spelling);
            let begun = |s: &&String| self.grows(token) && s.len() >= MIN_BEGUN_AREA;
            let sounds = spelling.sounds.iter().chain(&spelling.other_beginnings);
            for sound in sounds.filter(begun) {
                keys.extend(keys_with_prefix(sound, self.snapshot));
            }
            self.union(field, self.key_terms(field, keys))
        })
    }

    fn key_terms(&self, field: Field, mut keys: Vec<KeyId>) -> impl Iterator<Item = Term> {
        keys.sort_unstable();
        keys.dedup();
        let words = self.snapshot.words();
        let term = move |key| Term::from_field_text(field, self.snapshot.text(words.heard(key)));
        keys.into_iter().map(term)
    }

    /// Documents in the cells around a point, at one of [`Cells::ZOOMS`].
    pub(super) fn near(&self, point: LonLat, zoom: usize) -> &Documents {
        let field = self.snapshot.fields().cell;
        self.lists.cells[zoom].get_or_init(|| {
            let cells = Cells::around(point, Cells::ZOOMS[zoom]);
            self.union(
                field,
                cells.into_iter().map(|c| Term::from_field_u64(field, c)),
            )
        })
    }

    /// Documents inside any of some areas; around their centres where they have no boundary.
    pub(super) fn inside(&self, areas: &[DocId]) -> Documents {
        if let Some(known) = self.lists.areas.borrow().get(areas) {
            return known.clone();
        }
        let field = self.snapshot.fields().parent;
        let terms = areas
            .iter()
            .map(|a| Term::from_field_u64(field, u64::from(*a)));
        let inside = self.union(field, terms);
        let cell = self.snapshot.fields().cell;
        let without = areas.iter().filter(|a| {
            let settlement = self.snapshot.layer(**a).is_settlement();
            settlement && self.snapshot.shapes().rings_of(**a).next().is_none()
        });
        let cells: Vec<Term> = without
            .flat_map(|a| {
                Cells::around(self.snapshot.place(*a).point, Cells::ZOOMS[Cells::VILLAGE])
            })
            .map(|c| Term::from_field_u64(cell, c))
            .collect();
        let found = if cells.is_empty() {
            inside
        } else {
            inside.or(&self.union(cell, cells.into_iter()))
        };
        self.lists
            .areas
            .borrow_mut()
            .insert(areas.to_vec(), found.clone());
        found
    }

    /// Whether a token is a word of an area's name, or begins one.
    pub(super) fn begins_name(&self, token: usize, area: DocId) -> bool {
        let known = self.lists.begins.borrow().get(&(token, area)).copied();
        known.unwrap_or_else(|| {
            let fits = |t: &TokenRecord| {
                let fit = self.spellings[token].fit(t.form(), self.snapshot);
                fit.is_some_and(|(_, fit)| fit.is_as_typed())
            };
            let mut names = 0..self.snapshot.names(area).len();
            let begins = names.any(|name| self.snapshot.tokens(area, name).iter().any(fits));
            self.lists.begins.borrow_mut().insert((token, area), begins);
            begins
        })
    }

    pub(super) fn of_category(&self, categories: &[String]) -> Documents {
        let field = self.snapshot.fields().category;
        let terms = categories.iter().map(|c| Term::from_field_text(field, c));
        self.union(field, terms)
    }

    pub(super) fn of_layers(&self, layers: &[Layer]) -> Documents {
        let field = self.snapshot.fields().layer;
        let terms = layers.iter().map(|l| geodata::snapshot::layer_term(*l));
        self.union(field, terms.map(|l| Term::from_field_u64(field, l)))
    }
}
