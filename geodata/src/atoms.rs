//! Texts that repeat, each kept once: a country has millions of houses and thousands of street names.

use rustc_hash::FxHashMap;

/// An interned text; zero is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Atom(u32);

impl Atom {
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The same text in a table that took this one's texts up: `atoms` as [`Atoms::take_up`] returned them.
    pub fn rename(&mut self, atoms: &[Atom]) {
        *self = atoms[self.0 as usize];
    }
}

/// Texts, each once.
#[derive(Debug)]
pub struct Atoms {
    texts: Vec<Box<str>>,
    rows: FxHashMap<Box<str>, u32>,
}

impl Default for Atoms {
    fn default() -> Atoms {
        Atoms {
            texts: vec!["".into()],
            rows: FxHashMap::default(),
        }
    }
}

impl Atoms {
    pub fn intern(&mut self, text: &str) -> Atom {
        let text = text.trim();
        if text.is_empty() {
            return Atom(0);
        }
        if let Some(row) = self.rows.get(text) {
            return Atom(*row);
        }
        let row = u32::try_from(self.texts.len()).expect("fewer than 4 G texts");
        self.texts.push(text.into());
        self.rows.insert(text.into(), row);
        Atom(row)
    }

    /// Whether it has no text but the empty one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn get(&self, atom: Atom) -> &str {
        &self.texts[atom.0 as usize]
    }

    /// Takes up all texts of another table; returns what each is called here.
    pub fn take_up(&mut self, other: &Atoms) -> Vec<Atom> {
        other.texts.iter().map(|text| self.intern(text)).collect()
    }
}

/// A value for some of the texts of a table: as quick as a list, since texts are numbered.
#[derive(Debug)]
pub struct AtomMap<T>(Vec<Option<T>>);

impl<T> Default for AtomMap<T> {
    fn default() -> AtomMap<T> {
        AtomMap(Vec::new())
    }
}

impl<T> AtomMap<T> {
    pub fn get(&self, atom: Atom) -> Option<&T> {
        self.0.get(atom.0 as usize)?.as_ref()
    }

    /// Sets the value of a text; returns the one it had.
    pub fn insert(&mut self, atom: Atom, value: T) -> Option<T> {
        let row = atom.0 as usize;
        if row >= self.0.len() {
            self.0.resize_with(row + 1, || None);
        }
        self.0[row].replace(value)
    }
}
