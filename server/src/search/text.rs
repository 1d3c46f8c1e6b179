//! What was typed: tokens, and what the dictionaries say of them.

use geodata::Housenumber;
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use synonyms::{Gap, Meaning, Naming, StatusKind, Token, dictionary, sound_key, tokenize};

/// The most tokens of a query that are read.
const MAX_QUERY_TOKENS: usize = 12;
/// The same with the one that may be put between two streets.
pub(super) const MAX_TOKENS: usize = MAX_QUERY_TOKENS + 1;

/// The most places where a text without anything between its streets is cut.
const MAX_CUTS: usize = 4;
/// The fewest letters of a status word that may be a name: shorter ones are abbreviations.
const MIN_NAMING: usize = 4;
/// Stands between streets that cross.
const CROSSED: &str = "&";

/// What a token can be beside a word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A word of a name, or a number.
    Word,
    /// A street's status word, and what the same word is of settlements and stations: helps, never excludes.
    Status(Vec<StatusKind>, Vec<&'static str>),
    /// A settlement's or station's status word: helps, never excludes.
    PlaceWord(Vec<&'static str>),
    /// Carries no place: prepositions, courtesies.
    Filler,
    /// Stands between two streets that cross.
    And,
    /// Announces a corner.
    Corner,
    /// "near me".
    Nearby,
    /// "opposite": what follows is a landmark.
    Beside,
    /// A flat, floor or code: read and put aside.
    Aside,
}

/// A token of the query and its part.
#[derive(Debug, Clone)]
pub(super) struct QueryToken {
    pub(super) token: Token,
    pub(super) part: Part,
    /// Whether the token may be the beginning of a longer word.
    pub(super) prefix: bool,
    /// Whether it is a letter for the rest of which one has to guess.
    pub(super) letter: bool,
    /// Its sound key, once somebody asks.
    sound: OnceCell<String>,
}

impl QueryToken {
    pub(super) fn new(token: Token, prefix: bool) -> QueryToken {
        QueryToken {
            letter: token.is_letter(),
            token,
            part: Part::Word,
            prefix,
            sound: OnceCell::new(),
        }
    }

    /// How likely a street's status word is a name all the same.
    pub(super) fn naming(&self) -> Option<Naming> {
        match &self.part {
            Part::Status(kinds, _) => kinds.iter().copied().map(Naming::of).min(),
            _ => None,
        }
    }

    /// What the word may mean.
    pub(super) fn meanings(&self) -> &'static [Meaning] {
        dictionary().meanings(&self.token.fold)
    }

    /// How the token sounds.
    pub(super) fn sound(&self) -> &str {
        self.sound.get_or_init(|| sound_key(&self.token.fold))
    }
}

/// How much of a word of a label a text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// So many letters.
    Begun(usize),
    Whole,
}

/// A door that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Door {
    pub(super) reference: String,
    /// An exit of a station, not an entrance of a house.
    pub(super) exit: bool,
}

/// The text, read.
#[derive(Debug, Clone)]
pub(super) struct QueryText {
    pub(super) tokens: Vec<QueryToken>,
    pub(super) door: Option<Door>,
    /// Tokens that a word for "house" or "№" announces as the house number.
    pub(super) announced: Option<usize>,
    /// Whether it is being typed and no space stands behind its last word or number.
    open_end: bool,
    /// How much it asks for of words of labels that were looked at: labels share most of them.
    marks: RefCell<FxHashMap<Box<str>, Option<Mark>>>,
}

impl QueryText {
    /// Reads a text; the last word may be growing when `typing` and nothing stands behind it.
    pub(super) fn read(text: &str, typing: bool) -> QueryText {
        let mut tokens = tokenize(text);
        let whole = tokens.len() <= MAX_QUERY_TOKENS;
        tokens.truncate(MAX_QUERY_TOKENS);
        let end = text.chars().count();
        let stops = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
        let open_end = typing && whole && !text.ends_with(stops);
        let growing = tokens
            .last()
            .filter(|t| open_end && t.end == end)
            .map(|_| tokens.len() - 1);
        let mut read = QueryText {
            tokens: tokens
                .into_iter()
                .enumerate()
                .map(|(n, token)| QueryToken::new(token, growing == Some(n)))
                .collect(),
            door: None,
            announced: None,
            open_end,
            marks: RefCell::default(),
        };
        read.between_streets(text);
        read.find_postcode();
        read.find_units();
        read.find_parts();
        read.leave_out_landmarks();
        read.find_names_of_status_words();
        read.find_initials();
        read.keep_something();
        read
    }

    /// Where a text may be cut into two streets that cross: at what stands between them, or, behind a word for
    /// "corner", between any two words.
    pub(super) fn crossing_cuts(&self) -> Vec<usize> {
        let between = |t: &QueryToken| matches!(t.part, Part::And | Part::Corner);
        let inner = (1..self.tokens.len()).find(|n| between(&self.tokens[*n]));
        match (inner, self.tokens.first().map(|t| &t.part)) {
            (Some(inner), _) => vec![inner],
            (None, Some(Part::Corner)) => (2..self.tokens.len()).take(MAX_CUTS).collect(),
            _ => Vec::new(),
        }
    }

    /// How much it asks for of a word of a label; `mark` tells the first time.
    pub(super) fn mark_of(&self, word: &str, mark: impl FnOnce() -> Option<Mark>) -> Option<Mark> {
        let known = self.marks.borrow().get(word).copied();
        known.unwrap_or_else(|| {
            let mark = mark();
            self.marks.borrow_mut().insert(word.into(), mark);
            mark
        })
    }

    /// The tokens of a house number at the end of the text, when more may come: «Хрещатик 1», «Хрещатик 19/».
    pub(super) fn number_at_end(&self) -> Option<&[QueryToken]> {
        let number = |t: &QueryToken| t.token.is_number() && t.part == Part::Word;
        let at = (0..self.tokens.len()).find(|n| {
            let runs_to_end = self
                .number_at(*n)
                .is_some_and(|(_, used)| n + used == self.tokens.len());
            number(&self.tokens[*n]) && runs_to_end
        })?;
        self.open_end.then_some(&self.tokens[at..])
    }

    /// Whether the last word may go on.
    pub(super) fn is_growing(&self) -> bool {
        self.tokens.last().is_some_and(|t| t.prefix)
    }

    /// Whether a corner is asked for and nothing else can be: «ріг …», `A / B`, but not «Кирила і Мефодія».
    pub(super) fn names_a_corner(&self) -> bool {
        let corner = |t: &QueryToken| {
            t.part == Part::Corner || t.part == Part::And && t.token.fold == CROSSED
        };
        self.tokens.iter().any(corner)
    }

    /// The text with its words for "corner" as words of names: «Кривий Ріг вулиця Літня».
    pub(super) fn without_corner(&self) -> Option<QueryText> {
        let mut other = self.clone();
        let mut any = false;
        for token in &mut other.tokens {
            if token.part == Part::Corner {
                token.part = Part::Word;
                any = true;
            }
        }
        any.then_some(other)
    }

    /// Positions of the words and numbers that may name a place.
    pub(super) fn words(&self) -> impl Iterator<Item = usize> {
        (0..self.tokens.len()).filter(|n| self.tokens[*n].part == Part::Word)
    }

    /// Positions of status words that may be names: «Набережна», «Аеропорт».
    pub(super) fn naming_status_words(&self) -> Vec<usize> {
        let naming = |t: &QueryToken| {
            let often = t.naming() == Some(Naming::Often) || matches!(t.part, Part::PlaceWord(_));
            often && t.token.len() >= MIN_NAMING
        };
        let all = 0..self.tokens.len();
        all.filter(|n| naming(&self.tokens[*n])).collect()
    }

    /// The «а» of «2-а Польова»: behind a number and before a word it is no letter of a house.
    pub(super) fn is_letter_ending(&self, at: usize) -> bool {
        let token = &self.tokens[at].token;
        let next = self.tokens.get(at + 1).map(|t| &t.token);
        let word_next = next.is_some_and(|n| n.gap == Gap::Space && n.len() > 1 && !n.is_number());
        at > 0
            && token.gap == Gap::Hyphen
            && token.len() == 1
            && self.tokens[at - 1].token.is_number()
            && word_next
    }

    /// `A / B` and `A & B` are streets that cross; `12/3` is a number.
    fn between_streets(&mut self, text: &str) {
        let chars: Vec<char> = text.chars().collect();
        for n in 1..self.tokens.len() {
            let (before, this) = (&self.tokens[n - 1].token, &self.tokens[n].token);
            let between = chars.get(before.end..this.start).unwrap_or_default();
            let spaced = between.len() > 1 || !before.is_number() && !this.is_number();
            // «Шкільний / 3-тя Лісова», «Богуна / 9 Травня», but not «Лісова / 9».
            let more = self.tokens.get(n + 1).is_some_and(|t| !t.token.is_number());
            let number = this.is_number() && more && between.len() > 1 && !before.is_number();
            let long = before.len() > 1 && (this.len() > 1 || number);
            if between.contains(&'&') || spaced && between.contains(&'/') && long {
                let token = Token {
                    fold: CROSSED.to_owned(),
                    start: before.end,
                    end: this.start,
                    gap: Gap::Space,
                };
                self.tokens.insert(
                    n,
                    QueryToken {
                        part: Part::And,
                        ..QueryToken::new(token, false)
                    },
                );
                return;
            }
        }
    }

    pub(super) fn set(&mut self, range: std::ops::Range<usize>, part: Part) {
        for token in &mut self.tokens[range] {
            token.part = part.clone();
        }
    }

    /// How many tokens a list of numbers takes that begins with one of `used` tokens, as maps have them: «4;6», «4,6».
    pub(super) fn end_of_list(&self, at: usize, used: usize) -> usize {
        let goes_on = |n: &usize| {
            let (before, this) = (&self.tokens[n - 1].token, &self.tokens[*n].token);
            this.is_number() && this.gap == Gap::Comma && this.start == before.end + 1
        };
        used + (at + used..self.tokens.len()).take_while(goes_on).count()
    }

    /// The house number that begins at a token, and how many tokens it takes.
    pub(super) fn number_at(&self, at: usize) -> Option<(Housenumber, usize)> {
        let run: Vec<Token> = self.tokens[at..]
            .iter()
            .take_while(|t| t.part == Part::Word || is_part_word(t))
            .map(|t| t.token.clone())
            .collect();
        Housenumber::read(&run)
    }
}

/// Words inside a house number that mean something else elsewhere: «12 к 2», «12 стр. 1».
pub(super) fn is_part_word(token: &QueryToken) -> bool {
    !matches!(token.part, Part::Aside | Part::And)
        && token
            .meanings()
            .iter()
            .any(|m| matches!(m, Meaning::Unit("corpus" | "building" | "letter")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn words(text: &str, expect: &[&str]) -> QueryText {
        let read = QueryText::read(text, true);
        let found: Vec<&str> = read
            .words()
            .map(|n| read.tokens[n].token.fold.as_str())
            .collect();
        assert_eq!(found, expect, "{text}");
        read
    }

    #[test]
    fn status_words_fillers_and_units_are_no_words() {
        words("вул. Лисенка 12", &["лисенка", "12"]);
        words("на Хрещатику, будь ласка", &["хрещатику"]);
        words("Хрещатик 22, кв. 45", &["хрещатик", "22"]);
        words("Хрещатик буд. 22", &["хрещатик", "22"]);
        words("Хрещатик 22 поверх 3", &["хрещатик", "22"]);
        words("Хрещатик 22 під'їзд 2 код 45к", &["хрещатик", "22"]);
        words(
            "24321, Ладижин, вул. Процишина, 7",
            &["ладижин", "процишина", "7"],
        );
        words("MD-2012, Armenească 25", &["armeneasca", "25"]);
    }

    #[test]
    fn a_door_is_read_before_or_behind_its_number() {
        for text in [
            "Хрещатик 22 під'їзд 3",
            "Хрещатик 22 3 під'їзд",
            "Хрещатик 22, 3-й під'їзд",
            "Хрещатик 22 парадне 3",
        ] {
            assert_eq!(
                QueryText::read(text, true).door.unwrap().reference,
                "3",
                "{text}"
            );
        }
        assert!(
            QueryText::read("метро Хрещатик вихід 2", true)
                .door
                .unwrap()
                .exit
        );
    }

    #[test]
    fn initials_and_ordinals_are_words_and_landmarks_none() {
        words("І.Мазепи", &["і", "мазепи"]);
        words("І Франка", &["і", "франка"]);
        words("вул. В. Барки 17", &["в", "барки", "17"]);
        words("4-та Липова 3", &["4", "липова", "3"]);
        words("Щаслива вулиця 2 навпроти аптеки", &["щаслива", "2"]);
        words("біля ЦУМу", &["цуму"]);
        words("Термінал A Бориспіль", &["a", "бориспіль"]);
        words("термінал в Борисполі", &["борисполі"]);
        words("с. Бишів Київська область", &["бишів", "киівська"]);
        words("с. Веприк, 3", &["веприк", "3"]);
    }

    #[test]
    fn words_that_are_all_there_is_are_names() {
        words("Майдан", &["майдан"]);
        words("на", &["на"]);
        words("вулиця", &["вулиця"]);
        words("вулиця Набережна 1А", &["набережна", "1", "а"]);
        words("Strada Valea Iazului", &["valea", "iazului"]);
        words("Городок, Лісова 7", &["городок", "лісова", "7"]);
    }

    #[test]
    fn crossing_streets_have_something_between_them() {
        for text in [
            "Саксаганського / Антоновича",
            "Саксаганського & Антоновича",
            "ріг Саксаганського та Антоновича",
        ] {
            assert!(
                QueryText::read(text, true)
                    .tokens
                    .iter()
                    .any(|t| t.part == Part::And),
                "{text}"
            );
        }
        assert!(
            QueryText::read("Лісова 12/3", true)
                .tokens
                .iter()
                .all(|t| t.part != Part::And)
        );
    }
}
