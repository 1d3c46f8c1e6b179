//! Which documents have the words of a query, lie around its focus, belong to its areas and categories.
//!
//! Each set is asked for once per question, by the first reading that needs it; so are the areas that its words name.

use super::plan::AreaHit;
use super::spelling::{Spelling, keys_with_prefix};
use super::text::QueryText;
use geodata::snapshot::{
    Cells, DocId, DocSet, DocTerm, FormId, KeyId, MAX_PREFIX_CHARS, Snapshot, TokenRecord,
};
use geodata::{Layer, LonLat};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::hash::Hash;
use std::sync::Arc;
use synonyms::{Meaning, dictionary};

/// The fewest letters of a growing word by which an area is looked up.
const MIN_BEGUN_AREA: usize = 3;

/// The sets of documents that a question has asked for, and the areas that it has named.
#[derive(Default)]
pub(super) struct Lists {
    words: Vec<WordDocuments>,
    cells: [OnceCell<Arc<DocSet>>; Cells::ZOOMS.len()],
    /// Whether a token begins a name of an area.
    begins: RefCell<FxHashMap<(usize, DocId), bool>>,
    /// The areas that some tokens name.
    named: RefCell<FxHashMap<Box<[usize]>, Vec<AreaHit>>>,
    /// What words of names mean: status words are few, and every street has one.
    meanings: RefCell<FxHashMap<FormId, &'static [Meaning]>>,
    /// Documents inside some areas: most readings lie in the same ones.
    inside: RefCell<FxHashMap<Box<[DocId]>, Arc<DocSet>>>,
}

/// The documents of one word of the query.
#[derive(Default)]
struct WordDocuments {
    alone: OnceCell<Arc<DocSet>>,
    in_company: OnceCell<Arc<DocSet>>,
    area: OnceCell<Arc<DocSet>>,
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

    /// Forgets the documents and areas of a word that may stand for more words now.
    pub(super) fn forget(&mut self, token: usize) {
        self.words[token] = WordDocuments::default();
        let named = self.named.get_mut();
        named.retain(|tokens, _| !tokens.contains(&token));
    }
}

/// The index as one question sees it.
pub(super) struct QuestionIndex<'a> {
    snapshot: &'a Snapshot,
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
            text,
            spellings,
            lists,
        }
    }

    /// Whether the word may still be growing.
    fn grows(&self, token: usize) -> bool {
        self.text.tokens[token].prefix
    }

    /// Keys of the words that a token may stand for.
    fn keys(&self, token: usize) -> Vec<KeyId> {
        let spelling = &self.spellings[token];
        let typed = spelling.keys.iter().chain(spelling.typo_keys()).copied();
        typed.chain(spelling.meaning_keys()).collect()
    }

    /// Documents with a word that a token may stand for.
    ///
    /// An initial on the map («К. Маркса») stands for a word only in company of others.
    pub(super) fn with_word(&self, token: usize, in_company: bool) -> &DocSet {
        let words = &self.lists.words[token];
        match self.spellings[token].initial_key.filter(|_| in_company) {
            None => words.alone.get_or_init(|| self.look_up(token, None)),
            initial => words
                .in_company
                .get_or_init(|| self.look_up(token, initial)),
        }
    }

    fn look_up(&self, token: usize, initial: Option<KeyId>) -> Arc<DocSet> {
        let spelling = &self.spellings[token];
        let mut keys = self.keys(token);
        keys.extend(initial);
        let mut beginnings = Vec::new();
        let sounds = spelling.sounds.iter().chain(&spelling.other_beginnings);
        let begins = self.grows(token) || spelling.is_cut();
        for sound in sounds.filter(|_| begins) {
            if sound.len() <= MAX_PREFIX_CHARS {
                beginnings.push(DocTerm::Beginning(sound));
            } else {
                keys.extend(keys_with_prefix(sound, self.snapshot));
            }
        }
        let words = sorted(keys).into_iter().map(DocTerm::Word);
        let terms: Vec<DocTerm<'_>> = words.chain(beginnings).collect();
        self.snapshot.docs_with_any(&terms)
    }

    /// Areas with a word that a token may stand for.
    pub(super) fn with_area_word(&self, token: usize) -> &DocSet {
        self.lists.words[token].area.get_or_init(|| {
            let spelling = &self.spellings[token];
            let mut keys = self.keys(token);
            let begun = |s: &&String| self.grows(token) && s.len() >= MIN_BEGUN_AREA;
            let sounds = spelling.sounds.iter().chain(&spelling.other_beginnings);
            for sound in sounds.filter(begun) {
                keys.extend(keys_with_prefix(sound, self.snapshot));
            }
            let terms = sorted(keys).into_iter().map(DocTerm::AreaWord);
            self.snapshot.docs_with_any(&terms.collect::<Vec<_>>())
        })
    }

    /// The areas that some tokens of a text name; `find` tells the first time. What was found for one text says nothing of
    /// another, in which the other tokens are something else.
    pub(super) fn named_areas(
        &self,
        text: &QueryText,
        tokens: &[usize],
        find: impl FnOnce() -> Vec<AreaHit>,
    ) -> Vec<AreaHit> {
        if !std::ptr::eq(text, self.text) {
            return find();
        }
        remembered(&self.lists.named, tokens, find)
    }

    /// Documents in the cells around a point, at one of [`Cells::ZOOMS`].
    pub(super) fn near(&self, point: LonLat, zoom: usize) -> &DocSet {
        self.lists.cells[zoom].get_or_init(|| {
            let cells = Cells::around(point, Cells::ZOOMS[zoom]).into_iter();
            let terms: Vec<DocTerm<'_>> = cells.map(DocTerm::Cell).collect();
            self.snapshot.docs_with_any(&terms)
        })
    }

    /// Documents inside any of some areas; around their centres where they have no boundary.
    pub(super) fn inside(&self, areas: &[DocId]) -> Arc<DocSet> {
        remembered(&self.lists.inside, areas, || self.look_inside(areas))
    }

    fn look_inside(&self, areas: &[DocId]) -> Arc<DocSet> {
        let mut terms: Vec<DocTerm<'_>> = areas.iter().copied().map(DocTerm::Inside).collect();
        for area in areas {
            let settlement = self.snapshot.layer(*area).is_settlement();
            if settlement && self.snapshot.shapes().rings_of(*area).next().is_none() {
                let centre = self.snapshot.place(*area).point;
                let cells = Cells::around(centre, Cells::ZOOMS[Cells::VILLAGE]);
                terms.extend(cells.into_iter().map(DocTerm::Cell));
            }
        }
        self.snapshot.docs_with_any(&terms)
    }

    /// Whether a token is a word of an area's name, or begins one.
    pub(super) fn begins_name(&self, token: usize, area: DocId) -> bool {
        let known = self.lists.begins.borrow().get(&(token, area)).copied();
        known.unwrap_or_else(|| {
            let fits = |t: &TokenRecord| {
                let fit = self.spellings[token].fit(t.form(), self.snapshot);
                fit.is_some_and(|(_, fit)| fit.is_as_typed())
            };
            let begins = self.snapshot.tokens(area).flatten().any(fits);
            self.lists.begins.borrow_mut().insert((token, area), begins);
            begins
        })
    }

    /// What a word of a name means.
    pub(super) fn meanings_of(&self, form: FormId) -> &'static [Meaning] {
        let mut meanings = self.lists.meanings.borrow_mut();
        meanings.entry(form).or_insert_with(|| {
            let word = self.snapshot.words().text(form, self.snapshot.texts());
            dictionary().meanings(word)
        })
    }

    pub(super) fn of_category(&self, categories: &[String]) -> Arc<DocSet> {
        let terms = categories.iter().map(|c| DocTerm::Category(c));
        self.snapshot.docs_with_any(&terms.collect::<Vec<_>>())
    }

    pub(super) fn of_layers(&self, layers: &[Layer]) -> Arc<DocSet> {
        let terms = layers.iter().copied().map(DocTerm::Layer);
        self.snapshot.docs_with_any(&terms.collect::<Vec<_>>())
    }
}

/// What was found for a list; `find` tells the first time.
fn remembered<K: Copy + Eq + Hash, V: Clone>(
    known: &RefCell<FxHashMap<Box<[K]>, V>>,
    list: &[K],
    find: impl FnOnce() -> V,
) -> V {
    let found = known.borrow().get(list).cloned();
    found.unwrap_or_else(|| {
        let found = find();
        known.borrow_mut().insert(list.into(), found.clone());
        found
    })
}

/// Keys as a set is looked up by them: the same ones always in the same order.
fn sorted(mut keys: Vec<KeyId>) -> Vec<KeyId> {
    keys.sort_unstable();
    keys.dedup();
    keys
}
