//! What was typed: tokens, and what the dictionaries say of them.

use geodata::Housenumber;
use synonyms::{Gap, Meaning, StatusKind, Token, dictionary, tokenize};

/// The most tokens of a query that are read.
const MAX_QUERY_TOKENS: usize = 12;

/// The most places where a text without anything between its streets is cut.
const MAX_CUTS: usize = 4;
/// Stands between streets that cross.
const CROSSED: &str = "&";
/// A growing word of so few letters may become anything.
const MAX_OPEN_END: usize = 3;

/// What a token can be beside a word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A word of a name, or a number.
    Word,
    /// A street's status word: helps, never excludes.
    Status(Vec<StatusKind>),
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
}

impl QueryText {
    /// Reads a text; the last word may be growing when `typing` and nothing stands behind it.
    pub(super) fn read(text: &str, typing: bool) -> QueryText {
        let mut tokens = tokenize(text);
        tokens.truncate(MAX_QUERY_TOKENS);
        let end = text.chars().count();
        let open_end = typing && !text.ends_with(char::is_whitespace);
        let growing = tokens
            .last()
            .filter(|t| open_end && t.end == end)
            .map(|_| tokens.len() - 1);
        let mut read = QueryText {
            tokens: tokens
                .into_iter()
                .enumerate()
                .map(|(n, token)| QueryToken {
                    token,
                    part: Part::Word,
                    prefix: growing == Some(n),
                })
                .collect(),
            door: None,
            announced: None,
            open_end,
        };
        read.find_postcode();
        read.find_units();
        read.find_parts();
        read.leave_out_landmarks();
        read.find_names_of_status_words();
        read.find_initials();
        read.between_streets(text);
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

    /// Positions of the words and numbers that may name a place.
    pub(super) fn words(&self) -> impl Iterator<Item = usize> {
        (0..self.tokens.len()).filter(|n| self.tokens[*n].part == Part::Word)
    }

    fn find_parts(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            if self.tokens[at].part != Part::Word || self.tokens[at].token.is_number() {
                at += 1;
                continue;
            }
            let (part, used) = self.part_at(at);
            self.set(at..at + used, part);
            at += used;
        }
    }

    /// «вулиця Набережна 79, Лукашівка», «Strada Valea Iazului», «Strada Aeroport»: beside a word for "street" and between
    /// the same commas, other status words are the name.
    fn find_names_of_status_words(&mut self) {
        let mut start = 0;
        while start < self.tokens.len() {
            let rest = &self.tokens[start + 1..];
            let length = rest.iter().position(|t| t.token.gap == Gap::Comma);
            let end = length.map_or(self.tokens.len(), |n| start + 1 + n);
            let segment = &mut self.tokens[start..end];
            let is_street =
                |t: &QueryToken| matches!(&t.part, Part::Status(k) if k.contains(&"street"));
            let named = segment
                .iter()
                .any(|t| t.part == Part::Word && !t.token.is_number());
            if segment.iter().any(is_street) {
                for n in 0..segment.len() {
                    let landmark =
                        n > 0 && matches!(segment[n - 1].part, Part::Beside | Part::Filler);
                    let name = match &segment[n].part {
                        Part::Status(_) if is_street(&segment[n]) => false,
                        Part::Status(_) => segment[n].token.len() > MAX_OPEN_END,
                        Part::PlaceWord(_) => !named,
                        _ => false,
                    };
                    if name && !landmark {
                        segment[n].part = Part::Word;
                    }
                }
            }
            start = end;
        }
    }

    /// «біля магазину вулиця Лісова 5»: a landmark that is only a category says nothing beside an address.
    fn leave_out_landmarks(&mut self) {
        for at in 0..self.tokens.len() {
            let next = at + 1;
            let named = self
                .words()
                .any(|w| w != next && !self.tokens[w].token.is_number());
            if self.tokens[at].part != Part::Beside || next == self.tokens.len() || !named {
                continue;
            }
            let category = |m: &Meaning| matches!(m, Meaning::Category(_));
            let fold = &self.tokens[next].token.fold;
            // A category in any case: «магазину», «аптеки».
            let stem: String = fold
                .chars()
                .take(fold.chars().count().saturating_sub(1))
                .collect();
            let begun = dictionary().starting_with(&stem, 4);
            if self.meanings(next, 1).iter().any(category)
                || begun.iter().any(|(_, m)| m.iter().any(category))
            {
                self.set(at..next + 1, Part::Aside);
            }
        }
    }

    /// A letter that is a word of its own stands for a word that begins with it.
    fn find_initials(&mut self) {
        for at in 0..self.tokens.len() {
            let behind_number = at > 0 && self.tokens[at - 1].token.is_number();
            let token = &mut self.tokens[at];
            if token.part == Part::Word
                && token.token.len() == 1
                && !token.token.is_number()
                && !behind_number
            {
                token.prefix = true;
            }
        }
    }

    fn part_at(&self, at: usize) -> (Part, usize) {
        if self.is_ordinal_ending(at) || self.is_abbreviation_ending(at) {
            return (Part::Filler, 1);
        }
        let longest = dictionary().longest().min(self.tokens.len() - at);
        for used in (1..=longest).rev() {
            // «г. Дніпро», «12 г»: a letter behind a number belongs to the number.
            let letter = used == 1 && self.tokens[at].token.len() == 1;
            let behind_number = at > 0 && self.tokens[at - 1].token.is_number();
            if letter && behind_number && self.tokens[at].token.gap != Gap::Comma {
                return (Part::Word, 1);
            }
            // «Strada M»: a name begins, whatever else the letter may stand for.
            if letter && self.tokens[at].prefix && at > 0 {
                return (Part::Word, 1);
            }
            // «Термінал A»
            let behind_facility = at > 0 && matches!(self.tokens[at - 1].part, Part::PlaceWord(_));
            if letter && behind_facility && at + 1 == self.tokens.len() {
                return (Part::Word, 1);
            }
            let meanings = self.meanings(at, used);
            let mut part = part_of(meanings);
            if at == 0 && part == Some(Part::And) {
                // Nothing to join yet: «с. Бишів», «І Франка».
                part = place_word(meanings).or(letter.then_some(Part::Word));
            }
            if used == 1 && self.is_initial(at) {
                return (Part::Word, 1);
            }
            if matches!(part, Some(Part::Status(_))) && self.is_alone_between_commas(at, used) {
                return (Part::Word, used);
            }
            // «3 Ко» and «Лісова на» begin a name rather than end with a preposition.
            let named = self.tokens[..at]
                .iter()
                .any(|t| matches!(t.part, Part::Status(_)));
            let passing = match part {
                Some(Part::Filler | Part::And | Part::PlaceWord(_)) => true,
                Some(Part::Status(_)) => named,
                _ => false,
            };
            if passing && at > 0 && used == 1 && self.is_short_end(at) {
                return (Part::Word, 1);
            }
            if let Some(part) = part {
                return (part, used);
            }
        }
        (Part::Word, 1)
    }

    /// A growing last word of so few letters that what it will be is open.
    pub(super) fn is_short_end(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        token.prefix && at + 1 == self.tokens.len() && token.token.len() <= MAX_OPEN_END
    }

    /// «Городок, Лісова 7»: a status word that commas part from all others is a name.
    fn is_alone_between_commas(&self, at: usize, used: usize) -> bool {
        let ends = |n: usize| self.tokens.get(n).is_none_or(|t| t.token.gap == Gap::Comma);
        self.tokens.len() > used && (at == 0 || ends(at)) && ends(at + used)
    }

    /// «Б. Хмельницького»: a letter with a dot before a word.
    fn is_initial(&self, at: usize) -> bool {
        let next = self.tokens.get(at + 1).map(|t| &t.token);
        let last = at + 2 == self.tokens.len();
        let word = next.is_some_and(|n| {
            n.gap == Gap::Dot
                && (n.len() > 2 || last && self.tokens[at + 1].prefix)
                && !n.is_number()
        });
        // «с. Бандери» may be a village, «вул. С. Бандери» is not.
        let behind_status = at > 0 && matches!(self.tokens[at - 1].part, Part::Status(_));
        let means_place = !behind_status
            && self
                .meanings(at, 1)
                .iter()
                .any(|m| matches!(m, Meaning::Place(_)));
        self.tokens[at].token.len() == 1 && word && !means_place
    }

    /// The «та» of «4-та»; the «а» of «12-а» may be a house's letter.
    fn is_ordinal_ending(&self, at: usize) -> bool {
        let token = &self.tokens[at].token;
        let behind_number =
            at > 0 && token.gap == Gap::Hyphen && self.tokens[at - 1].token.is_number();
        // «1-й» in front of everything is no house with a letter.
        let first = || {
            let before = &self.tokens[..at.saturating_sub(1)];
            before
                .iter()
                .all(|t| matches!(t.part, Part::Status(_) | Part::Filler))
        };
        behind_number && (token.len() <= 3 && token.len() >= 2 || token.len() == 1 && first())
    }

    /// The «т» of «пр-т» on its way.
    fn is_abbreviation_ending(&self, at: usize) -> bool {
        let behind_status = at > 0 && matches!(self.tokens[at - 1].part, Part::Status(_));
        behind_status && self.tokens[at].token.gap == Gap::Hyphen && self.is_short_end(at)
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

    pub(super) fn meanings(&self, at: usize, used: usize) -> &'static [Meaning] {
        let words: Vec<&str> = self.tokens[at..at + used]
            .iter()
            .map(|t| t.token.fold.as_str())
            .collect();
        dictionary().meanings(&words.join(" "))
    }

    /// `A / B` and `A & B` are streets that cross; `12/3` is a number.
    fn between_streets(&mut self, text: &str) {
        let chars: Vec<char> = text.chars().collect();
        for n in 1..self.tokens.len() {
            let (before, this) = (&self.tokens[n - 1].token, &self.tokens[n].token);
            let between = chars.get(before.end..this.start).unwrap_or_default();
            let spaced = between.len() > 1 || !before.is_number() && !this.is_number();
            if between.contains(&'&')
                || spaced && between.contains(&'/') && before.len() > 1 && this.len() > 1
            {
                let token = Token {
                    fold: CROSSED.to_owned(),
                    start: before.end,
                    end: this.start,
                    gap: Gap::Space,
                };
                self.tokens.insert(
                    n,
                    QueryToken {
                        token,
                        part: Part::And,
                        prefix: false,
                    },
                );
                return;
            }
        }
    }

    /// A text of status words and fillers only means them as names: «Майдан», «на» on its way to «Набережна».
    fn keep_something(&mut self) {
        // The letter of 12А is no name either.
        let of_number = |n: usize| {
            self.tokens[n].token.len() == 1 && n > 0 && self.tokens[n - 1].token.is_number()
        };
        let only_numbers = self
            .words()
            .all(|n| self.tokens[n].token.is_number() || of_number(n));
        if !only_numbers {
            return;
        }
        let last = self
            .tokens
            .iter()
            .rposition(|t| !matches!(t.part, Part::Word | Part::Aside | Part::And));
        let named = |p: &Part| matches!(p, Part::Status(_) | Part::PlaceWord(_));
        if self.tokens.iter().any(|t| named(&t.part)) {
            for token in self.tokens.iter_mut().filter(|t| named(&t.part)) {
                token.part = Part::Word;
            }
        } else if let Some(last) = last.filter(|_| self.words().next().is_none()) {
            self.tokens[last].part = Part::Word;
        }
    }

    pub(super) fn set(&mut self, range: std::ops::Range<usize>, part: Part) {
        for token in &mut self.tokens[range] {
            token.part = part.clone();
        }
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
fn is_part_word(token: &QueryToken) -> bool {
    !matches!(token.part, Part::Aside | Part::And)
        && dictionary()
            .meanings(&token.token.fold)
            .iter()
            .any(|m| matches!(m, Meaning::Unit("corpus" | "building" | "letter")))
}

fn place_word(meanings: &[Meaning]) -> Option<Part> {
    let places: Vec<&'static str> = meanings
        .iter()
        .filter_map(|m| {
            if let Meaning::Place(kind) = m {
                Some(*kind)
            } else {
                None
            }
        })
        .collect();
    (!places.is_empty()).then_some(Part::PlaceWord(places))
}

fn part_of(meanings: &[Meaning]) -> Option<Part> {
    let filler = |kind: &str| {
        meanings.contains(&Meaning::Filler(match kind {
            "and" => "and",
            "corner" => "corner",
            "beside" => "beside",
            _ => "nearby",
        }))
    };
    if filler("and") {
        return Some(Part::And);
    }
    if filler("corner") {
        return Some(Part::Corner);
    }
    if filler("beside") {
        return Some(Part::Beside);
    }
    if filler("nearby") {
        return Some(Part::Nearby);
    }
    let status: Vec<StatusKind> = meanings
        .iter()
        .filter_map(|m| {
            if let Meaning::Status(kind) = m {
                Some(*kind)
            } else {
                None
            }
        })
        .collect();
    if !status.is_empty() {
        return Some(Part::Status(status));
    }
    if let Some(part) = place_word(meanings) {
        return Some(part);
    }
    meanings
        .iter()
        .any(|m| matches!(m, Meaning::Filler(_)))
        .then_some(Part::Filler)
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
