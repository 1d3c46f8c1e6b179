//! What a street's name is made of, for comparing: its status words apart, the other words folded.

use super::row;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use strsim::jaro_winkler;
use synonyms::{Meaning, StatusKind, Token, dictionary, sound_key, tokenize};

/// How alike two words must sound to be one with a slip of the pen.
const ALIKE: f64 = 0.90;

/// A name's words: «вул. Б.Хмельницького» → status `street`, words `б хмельницького`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct StreetName {
    /// Folded words joined by spaces, status words left out.
    pub(super) words: String,
    /// What the status words may mean; empty when there are none.
    pub(super) status: Vec<StatusKind>,
}

impl StreetName {
    pub(super) fn read(text: &str) -> StreetName {
        let tokens = tokenize(text);
        let (mut words, mut status, mut at) = (Vec::new(), Vec::new(), 0);
        while at < tokens.len() {
            match status_at(&tokens[at..]) {
                // A name of status words only («Набережна») keeps its last one as its name.
                Some((kinds, used)) if at + used < tokens.len() || !words.is_empty() => {
                    status.extend(kinds);
                    at += used;
                }
                _ => {
                    words.push(tokens[at].fold.as_str());
                    at += 1;
                }
            }
        }
        status.sort_unstable();
        status.dedup();
        StreetName {
            words: words.join(" "),
            status,
        }
    }

    /// Whether the status words allow these to be one street: equal, overlapping, or unsaid on one side.
    pub(super) fn status_fits(&self, other: &[StatusKind]) -> bool {
        self.status.is_empty() || other.is_empty() || self.status.iter().any(|s| other.contains(s))
    }

    /// Whether the words name the same thing but for initials, missing given names and slips of the pen.
    pub(super) fn is_like(&self, other: &str) -> bool {
        let (a, b): (Vec<&str>, Vec<&str>) =
            (self.words.split(' ').collect(), other.split(' ').collect());
        let (short, long) = if a.len() <= b.len() {
            (&a, &b)
        } else {
            (&b, &a)
        };
        let longest = short.iter().max_by_key(|w| w.chars().count());
        longest.is_some_and(|w| w.chars().count() >= 4 || short.len() == long.len())
            && short.iter().all(|w| long.iter().any(|v| words_alike(w, v)))
    }
}

/// Names of streets, each read once: a country has far fewer names than streets.
#[derive(Default)]
pub(super) struct StreetNames {
    rows: FxHashMap<Box<str>, u32>,
    names: Vec<StreetName>,
    /// The first row of each reading: «вул. Хрещатик» and «вулиця Хрещатик» have one.
    first_read: FxHashMap<StreetName, u32>,
    alike: Vec<u32>,
    /// The first row of the same words, whatever the status.
    first_words: FxHashMap<String, u32>,
    same_words: Vec<u32>,
}

impl StreetNames {
    /// Reads many names on all cores, so that [`StreetNames::read`] knows them.
    pub(super) fn read_all<'t>(&mut self, texts: impl ParallelIterator<Item = &'t str>) {
        let some = texts.filter(|text| !self.rows.contains_key(*text)).fold(
            FxHashSet::default,
            |mut some, text| {
                some.insert(text);
                some
            },
        );
        let fresh = some.reduce(FxHashSet::default, |mut all, some| {
            all.extend(some);
            all
        });
        let read = fresh.into_par_iter();
        let mut read: Vec<_> = read.map(|text| (text, StreetName::read(text))).collect();
        read.par_sort_unstable_by_key(|(text, _)| *text);
        for (text, name) in read {
            self.add(text, name);
        }
    }

    /// The row of a name that has been read.
    pub(super) fn known(&self, text: &str) -> Option<u32> {
        self.rows.get(text).copied()
    }

    /// The row of a name, new or known.
    pub(super) fn read(&mut self, text: &str) -> u32 {
        match self.known(text) {
            Some(row) => row,
            None => self.add(text, StreetName::read(text)),
        }
    }

    fn add(&mut self, text: &str, name: StreetName) -> u32 {
        let row = row(self.names.len());
        self.rows.insert(text.into(), row);
        let first = *self.first_read.entry(name.clone()).or_insert(row);
        self.alike.push(first);
        let words = self.first_words.get(&name.words).copied();
        let words = words.unwrap_or_else(|| {
            self.first_words.insert(name.words.clone(), row);
            row
        });
        self.same_words.push(words);
        self.names.push(name);
        row
    }

    /// The first row that reads like one.
    pub(super) fn alike(&self, row: u32) -> u32 {
        self.alike[row as usize]
    }

    /// The first row that has the same words, whatever the status.
    pub(super) fn same_words(&self, row: u32) -> u32 {
        self.same_words[row as usize]
    }

    pub(super) fn get(&self, row: u32) -> &StreetName {
        &self.names[row as usize]
    }
}

fn words_alike(a: &str, b: &str) -> bool {
    let initial = |x: &str, y: &str| {
        x.chars().count() == 1 && y.starts_with(x) && !x.starts_with(|c: char| c.is_ascii_digit())
    };
    let numbers =
        a.starts_with(|c: char| c.is_ascii_digit()) || b.starts_with(|c: char| c.is_ascii_digit());
    a == b
        || !numbers
            && (initial(a, b)
                || initial(b, a)
                || jaro_winkler(&sound_key(a), &sound_key(b)) >= ALIKE)
}

/// The status word that tokens begin with: its kinds, and how many tokens it takes.
fn status_at(tokens: &[Token]) -> Option<(Vec<StatusKind>, usize)> {
    let words = tokens.iter().take(3).map(|t| t.fold.as_str());
    let along = dictionary().meanings_along(words);
    along
        .into_iter()
        .enumerate()
        .rev()
        .find_map(|(n, meanings)| {
            let kinds: Vec<StatusKind> = meanings.iter().filter_map(Meaning::status).collect();
            (!kinds.is_empty()).then_some((kinds, n + 1))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, words: &str, status: &[&'static str]) {
        assert_eq!(
            StreetName::read(text),
            StreetName {
                words: words.to_owned(),
                status: status.to_vec()
            },
            "{text}"
        );
    }

    #[test]
    fn status_words_stand_apart() {
        check("вулиця Хрещатик", "хрещатик", &["street"]);
        check("вул. Хрещатик", "хрещатик", &["street"]);
        check("Хрещатик", "хрещатик", &[]);
        check(
            "Польовий провулок",
            "польовии".replace("ии", "ий").as_str(),
            &["lane"],
        );
        check("strada Armenească", "armeneasca", &["street"]);
        check("Набережна", "набережна", &[]);
    }

    #[test]
    fn names_are_alike_but_for_initials_and_slips() {
        let name = StreetName::read("вулиця Богдана Хмельницького");
        for other in ["б хмельницького", "хмельницького", "богдана хмелницького"]
        {
            assert!(name.is_like(other), "{other}");
        }
        for other in ["богдана ступки", "б", "хмельовського"] {
            assert!(!name.is_like(other), "{other}");
        }
        assert!(!StreetName::read("1-ша Польова").is_like("2 га польова"));
    }
}
