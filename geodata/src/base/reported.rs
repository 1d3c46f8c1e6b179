//! What a reported text names, and whether two texts mean the same address.
//!
//! A text is read to the sounds of its words, without status words, titles and what is below the house, and to its house
//! number. Two houses with different numbers are never the same, however near: neighbours are missing together. Words
//! may differ by slips and by language; a longer text may name the settlement too.

use crate::Housenumber;
use std::collections::BTreeSet;
use synonyms::{Gap, Meaning, StatusKind, Token, dictionary, fold, sound_key, tokenize};

/// How far apart reports of one address lie when their words are the same: people report from the car.
const SAME_WORDS_M: f64 = 1000.0;
/// How far when the words of one are among those of the other.
const SOME_WORDS_M: f64 = 300.0;
/// How far when a number or all words are missing.
const VAGUE_M: f64 = 50.0;
/// A postcode has so many digits.
const POSTCODE_DIGITS: usize = 5;

/// A text as an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ReportedAddress {
    /// The words that name something.
    words: BTreeSet<Word>,
    /// Kinds of streets that are named.
    kinds: BTreeSet<StatusKind>,
    number: Option<Housenumber>,
}

impl ReportedAddress {
    /// The largest distance at which two reports can mean one address, in metres.
    pub(super) const REACH_M: f64 = SAME_WORDS_M;

    pub(super) fn read(text: &str) -> ReportedAddress {
        let tokens = tokenize(text);
        let mut reader = Reader::default();
        let mut at = 0;
        while at < tokens.len() {
            at += reader.take(&tokens, at);
        }
        reader.finish()
    }

    /// Whether a report of `other` so many metres away means the same.
    pub(super) fn is_same(&self, other: &ReportedAddress, distance_m: f64) -> bool {
        let kinds = self.kinds.is_empty()
            || other.kinds.is_empty()
            || !self.kinds.is_disjoint(&other.kinds);
        let covered = covers(&other.words, &self.words);
        let covers = covers(&self.words, &other.words);
        let vague = self.words.is_empty() || other.words.is_empty();
        let reach_m = match (self.number, other.number) {
            (Some(one), Some(two)) if one != two => return false,
            _ if !kinds || !(covers || covered || vague) => return false,
            (Some(_), Some(_)) if vague => VAGUE_M,
            (Some(_), Some(_)) if covers && covered => SAME_WORDS_M,
            (Some(_), Some(_)) => SOME_WORDS_M,
            // Nothing in common but the place.
            _ if vague => return false,
            _ => VAGUE_M,
        };
        distance_m <= reach_m
    }
}

/// How a word sounds, and how its translations do: «Лесная» and «Лісова» are one street.
type Word = BTreeSet<String>;

fn read_word(folded: &str) -> Word {
    let same = dictionary()
        .meanings(folded)
        .iter()
        .filter_map(|m| match m {
            Meaning::SameAs(word) => Some(sound_key(&fold(word))),
            _ => None,
        });
    same.chain([sound_key(folded)]).collect()
}

/// Whether each of `words` has one like it in `all`.
fn covers(all: &BTreeSet<Word>, words: &BTreeSet<Word>) -> bool {
    let same = |a: &Word, b: &Word| a.iter().any(|a| b.iter().any(|b| alike(a, b)));
    words.iter().all(|w| all.iter().any(|a| same(a, w)))
}

/// Whether two sounds may be one word with slips or another ending: one difference per four letters.
fn alike(a: &str, b: &str) -> bool {
    a == b || strsim::osa_distance(a, b) <= a.chars().count().max(b.chars().count()) / 4
}

/// A number that may be the house's.
struct Candidate {
    number: Housenumber,
    /// The first token of it, and the first behind it.
    from: usize,
    to: usize,
    /// What it is when it is not the house's: «1 Травня 12».
    word: String,
}

#[derive(Default)]
struct Reader {
    address: ReportedAddress,
    /// Status words, which count when there is nothing else: «Набережна 5».
    status: BTreeSet<Word>,
    candidates: Vec<Candidate>,
    /// A candidate that «буд.» stands before.
    announced: Option<usize>,
}

impl Reader {
    /// Reads what begins at a token; returns how many tokens it is.
    fn take(&mut self, tokens: &[Token], at: usize) -> usize {
        if tokens[at].is_number() {
            return self.take_number(tokens, at);
        }
        let words = tokens[at..].iter().map(|t| t.fold.as_str());
        let along = dictionary().meanings_along(words);
        for (n, meanings) in along.into_iter().enumerate().rev() {
            let (words, others) = tokens[at..].split_at(n + 1);
            if let Some(used) = self.take_meaning((words, meanings), others.first(), at) {
                return used;
            }
        }
        // Initials say little, and are left out as often.
        if tokens[at].len() > 1 {
            self.address.words.insert(read_word(&tokens[at].fold));
        }
        1
    }

    fn take_number(&mut self, tokens: &[Token], at: usize) -> usize {
        let sound = tokens[at].fold.clone();
        let Some((number, used)) = Housenumber::read(&tokens[at..]) else {
            return 1;
        };
        let next = tokens.get(at + 1);
        let means_month = |t: &Token| {
            dictionary()
                .meanings(&t.fold)
                .iter()
                .any(|m| matches!(m, Meaning::Month(_)))
        };
        let named = next.is_some_and(|t| {
            means_month(t) || t.gap == Gap::Hyphen && !t.is_number() && t.len() > 2
        });
        let postcode = tokens[at].len() == POSTCODE_DIGITS && tokens.len() > 2;
        if named {
            self.address.words.insert(read_word(&sound));
            return 1;
        }
        // «12, 45»: the second one is the flat.
        let flat = self.candidates.last().is_some_and(|c| c.to == at);
        if !postcode && !flat {
            self.candidates.push(Candidate {
                number,
                from: at,
                to: at + used,
                word: sound,
            });
        }
        used
    }

    /// Takes words that begin at `at` for what they mean in addresses; `None` when they are a name.
    fn take_meaning(
        &mut self,
        (words, meanings): (&[Token], &[Meaning]),
        next: Option<&Token>,
        at: usize,
    ) -> Option<usize> {
        let used = words.len();
        let words: Vec<&str> = words.iter().map(|t| t.fold.as_str()).collect();
        let words = words.join(" ");
        let number_next = next.is_some_and(Token::is_number);
        // One letter means something only where it stands for a longer word: «м. Київ», «кв 5», «б.12».
        let short = words.chars().count() == 1;
        let units: Vec<&str> = meanings.iter().filter_map(Meaning::unit).collect();
        if number_next && !units.is_empty() {
            if units.contains(&"house") {
                self.announced = Some(at + used);
                return Some(used);
            }
            // Which flat, which floor: not what the address is missing.
            let below = units
                .iter()
                .any(|u| !["corpus", "building", "letter", "block"].contains(u));
            let behind = !self.candidates.is_empty();
            return (below && behind).then_some(used + 1);
        }
        if let Some(kind) = meanings.iter().find_map(Meaning::status).filter(|_| !short) {
            self.address.kinds.insert(kind);
            self.status.insert(read_word(&words));
            return Some(used);
        }
        let idle =
            |m: &Meaning| matches!(m, Meaning::Place(_) | Meaning::Filler(_) | Meaning::Title);
        (!short && meanings.iter().any(idle)).then_some(used)
    }

    fn finish(mut self) -> ReportedAddress {
        let announced = self
            .announced
            .and_then(|at| self.candidates.iter().position(|c| c.from == at));
        let house = announced.or(self.candidates.len().checked_sub(1));
        for (n, candidate) in self.candidates.into_iter().enumerate() {
            if Some(n) == house {
                self.address.number = Some(candidate.number);
            } else {
                self.address.words.insert(read_word(&candidate.word));
            }
        }
        if self.address.words.is_empty() {
            self.address.words = self.status;
        }
        self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, two: &str, distance_m: f64, expect: bool) {
        let (a, b) = (ReportedAddress::read(one), ReportedAddress::read(two));
        assert_eq!(
            a.is_same(&b, distance_m),
            expect,
            "{one} | {two}: {a:?} {b:?}"
        );
        assert_eq!(
            b.is_same(&a, distance_m),
            expect,
            "{two} | {one}: {a:?} {b:?}"
        );
    }

    #[test]
    fn one_address_is_written_in_many_ways() {
        for other in [
            "Шевченка, 12",
            "вул Шевченка 12",
            "ул. Шевченко, дом 12",
            "shevchenka 12",
            "вулиця Шевченка буд. 12 кв. 45",
            "Шевченка 12, 45",
            "шевчнека 12",
            "вул. Т. Шевченка, 12, під'їзд 2",
            "Шевченка будинок 12",
            "Шевченка буд.12",
        ] {
            check("вул. Шевченка 12", other, 700.0, true);
        }
        check("вул. Шевченка 12", "Київ, вул. Шевченка 12", 200.0, true);
        check("вул. Соборна 7а", "Соборная 7-А", 300.0, true);
        check("вул. Лісова 7", "ул. Лесная 7", 300.0, true);
        check("1 Травня 12", "вул. 1 травня, 12", 300.0, true);
        check(
            "вул. 40-річчя Перемоги 3",
            "40-річчя Перемоги 3",
            300.0,
            true,
        );
        check("Шевченка 12 к. 2", "Шевченка 12к2", 300.0, true);
    }

    #[test]
    fn neighbours_and_namesakes_are_not_one_address() {
        check("Шевченка 12", "Шевченка 14", 20.0, false);
        check("Шевченка 12", "Шевченка 12а", 5.0, false);
        check("Шевченка 12", "Франка 12", 40.0, false);
        check("вул. Лісова 3", "пров. Лісова 3", 100.0, false);
        check("Лісова 3", "Лісна 3", 100.0, false);
        check("1-а Садова 5", "2-а Садова 5", 100.0, false);
        check("Шевченка 12", "Шевченка 12", 1500.0, false);
        check("Київ Шевченка 12", "Шевченка 12", 900.0, false);
    }

    #[test]
    fn vague_texts_are_one_only_on_the_spot() {
        check("кафе Ромашка", "Ромашка", 30.0, true);
        check("кафе Ромашка", "Ромашка", 80.0, false);
        check("кафе Ромашка", "кафе Волошка", 10.0, false);
        check("Шевченка", "Шевченка 12", 40.0, true);
        check("12", "Шевченка 12", 40.0, true);
        check("", "Шевченка", 0.0, false);
    }
}
