//! What each token of a text is: a word of a name, a status word, a preposition, a landmark …
//!
//! The dictionaries list what a word can mean; its neighbours decide.

use super::text::{Part, QueryText, QueryToken, is_part_word};
use synonyms::{Gap, Meaning, Naming, StatusKind, dictionary};

/// A growing word of so few letters may become anything.
const MAX_OPEN_END: usize = 3;
/// The most words of a brand's name that is looked for.
const MAX_BRAND: usize = 4;

impl QueryText {
    pub(super) fn find_parts(&mut self) {
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

    /// «вулиця Набережна 79, Лукашівка», «провулок Героїв Майдану», «Strada Aeroport»: beside a word that is hardly ever a
    /// name and between the same commas, other status words are the name.
    pub(super) fn find_names_of_status_words(&mut self) {
        let mut start = 0;
        while start < self.tokens.len() {
            let rest = &self.tokens[start + 1..];
            let length = rest.iter().position(|t| t.token.gap == Gap::Comma);
            let end = length.map_or(self.tokens.len(), |n| start + 1 + n);
            let segment = &mut self.tokens[start..end];
            let named = segment
                .iter()
                .any(|t| t.part == Part::Word && !t.token.is_number());
            let least = segment.iter().filter_map(QueryToken::naming).min();
            if least.is_some_and(|least| least < Naming::Often) {
                for n in 0..segment.len() {
                    // «біля парку», but not the «тя» of «3-тя Набережна».
                    let landmark = segment[..n].last().is_some_and(|t| {
                        let apart = !matches!(t.token.gap, Gap::Hyphen | Gap::None);
                        apart && matches!(t.part, Part::Beside | Part::Filler)
                    });
                    let name = match &segment[n].part {
                        Part::Status(..) => {
                            segment[n].naming() > least && segment[n].token.len() > MAX_OPEN_END
                        }
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
    pub(super) fn leave_out_landmarks(&mut self) {
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
            if self.tokens[next].meanings().iter().any(category)
                || begun.iter().any(|(_, m)| m.iter().any(category))
            {
                self.set(at..next + 1, Part::Aside);
            }
        }
    }

    /// A letter that is a word of its own stands for a word that begins with it.
    pub(super) fn find_initials(&mut self) {
        for at in 0..self.tokens.len() {
            let behind_number = at > 0 && self.tokens[at - 1].token.is_number();
            let whole = self.names_terminal(at);
            let token = &mut self.tokens[at];
            if whole {
                (token.letter, token.prefix) = (false, false);
            }
            token.prefix |= token.part == Part::Word && token.letter && !behind_number;
        }
    }

    fn part_at(&self, at: usize) -> (Part, usize) {
        if self.is_ordinal_ending(at) || self.is_abbreviation_ending(at) {
            return (Part::Filler, 1);
        }
        if self.names_terminal(at) {
            return (Part::Word, 1);
        }
        if let Some(used) = self.brand_at(at) {
            return (Part::Word, used);
        }
        // «12 г», «9а с. Грушів»: a letter behind a number belongs to the number; «г. Дніпро» does not.
        let behind_number = at > 0 && self.tokens[at - 1].token.is_number();
        let token = &self.tokens[at].token;
        if behind_number && token.len() == 1 && token.gap != Gap::Comma {
            return (Part::Word, 1);
        }
        let rest = &self.tokens[at + 1..];
        let to_comma = rest.iter().position(|t| t.token.gap == Gap::Comma);
        let together = &self.tokens[at..=at + to_comma.unwrap_or(rest.len())];
        let along = dictionary().meanings_along(together.iter().map(|t| &*t.token.fold));
        for used in (1..=along.len().max(1)).rev() {
            let letter = used == 1 && self.tokens[at].token.len() == 1;
            // «Strada M»: a name begins, whatever else the letter may stand for.
            if letter && self.tokens[at].prefix && at > 0 {
                return (Part::Word, 1);
            }
            let meanings = along.get(used - 1).copied().unwrap_or_default();
            let mut part = part_of(meanings);
            if at == 0 && part == Some(Part::And) {
                // Nothing to join yet: «с. Бишів», «І Франка».
                part = place_word(meanings).or(letter.then_some(Part::Word));
            }
            if used == 1 && self.is_initial(at) {
                return (Part::Word, 1);
            }
            if matches!(part, Some(Part::Status(..))) && self.is_alone_between_commas(at, used) {
                return (Part::Word, used);
            }
            // «Кривий Ріг», «Кут»: no street follows that crosses another.
            if part == Some(Part::Corner) && used == 1 && self.ends_segment(at) {
                return (Part::Word, 1);
            }
            // «3 Ко» and «Лісова на» begin a name rather than end with a preposition.
            let named = self.tokens[..at]
                .iter()
                .any(|t| matches!(t.part, Part::Status(..)));
            let passing = match part {
                Some(Part::Filler | Part::And | Part::PlaceWord(_)) => true,
                Some(Part::Status(..)) => named,
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

    /// How many words from here are the name of a brand, when it looks like something else: «Аптека Доброго Дня»,
    /// «магазин Коло».
    fn brand_at(&self, at: usize) -> Option<usize> {
        let name = |used: &usize| {
            let words = self.tokens[at..at + used].iter();
            let words: Vec<&str> = words.map(|t| &*t.token.fold).collect();
            dictionary().is_brand(&words.join(" "))
        };
        let left = self.tokens.len() - at;
        let beside = self.tokens[at]
            .meanings()
            .contains(&Meaning::Filler("beside"));
        let least = if left == 1 && beside { 1 } else { 2 };
        (least..=left.min(MAX_BRAND)).rev().find(name)
    }

    /// A growing last word of so few letters that what it will be is open.
    pub(super) fn is_short_end(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        token.prefix && at + 1 == self.tokens.len() && token.token.len() <= MAX_OPEN_END
    }

    /// «Городок, Лісова 7»: a status word that commas part from all others is a name.
    fn is_alone_between_commas(&self, at: usize, used: usize) -> bool {
        let last = at + used - 1;
        self.tokens.len() > used
            && (at == 0 || self.ends_segment(at - 1))
            && self.ends_segment(last)
    }

    /// Whether nothing but a comma stands behind a token, or nothing at all.
    fn ends_segment(&self, at: usize) -> bool {
        let next = self.tokens.get(at + 1);
        next.is_none_or(|t| t.token.gap == Gap::Comma)
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
        let behind_status = at > 0 && matches!(self.tokens[at - 1].part, Part::Status(..));
        let means_place = !behind_status
            && self.tokens[at]
                .meanings()
                .iter()
                .any(|m| matches!(m, Meaning::Place(_)));
        self.tokens[at].token.len() == 1 && word && !means_place
    }

    /// The «та» of «4-та»; the «а» of «12-а» may be a house's letter.
    fn is_ordinal_ending(&self, at: usize) -> bool {
        let token = &self.tokens[at].token;
        // «1-й» in front of everything is no house with a letter.
        let first = || {
            let before = &self.tokens[..at.saturating_sub(1)];
            before
                .iter()
                .all(|t| matches!(t.part, Part::Status(..) | Part::Filler))
        };
        let letter = || token.gap == Gap::Hyphen && token.len() == 1 && first();
        let behind_number = at > 0 && self.tokens[at - 1].token.is_number();
        behind_number && (token.is_ordinal_ending() || letter())
    }

    /// «Термінал A», «Термінал A Бориспіль», but not «термінал в Борисполі».
    fn names_terminal(&self, at: usize) -> bool {
        let token = &self.tokens[at].token;
        let means = |at: usize, meaning| self.tokens[at].meanings().contains(&meaning);
        let preposition = || means(at, Meaning::Filler("preposition"));
        let last = at + 1 == self.tokens.len();
        at > 0
            && token.is_letter()
            && token.gap == Gap::Space
            && means(at - 1, Meaning::Category("aeroway=terminal"))
            && (last || !preposition())
    }

    /// The «т» of «пр-т» on its way.
    fn is_abbreviation_ending(&self, at: usize) -> bool {
        let behind_status = at > 0 && matches!(self.tokens[at - 1].part, Part::Status(..));
        behind_status && self.tokens[at].token.gap == Gap::Hyphen && self.is_short_end(at)
    }

    /// A text of status words and fillers only means them as names: «Майдан», «на» on its way to «Набережна».
    pub(super) fn keep_something(&mut self) {
        // The letter of 12А is no name either, nor the «корп.» of «1 корп. 2».
        let of_number = |n: usize| {
            let part = self.tokens[n].token.len() == 1 || is_part_word(&self.tokens[n]);
            part && n > 0 && self.tokens[n - 1].token.is_number()
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
        let named = |p: &Part| matches!(p, Part::Status(..) | Part::PlaceWord(_));
        if self.tokens.iter().any(|t| named(&t.part)) {
            for token in self.tokens.iter_mut().filter(|t| named(&t.part)) {
                token.part = Part::Word;
            }
        } else if let Some(last) = last.filter(|_| self.words().next().is_none()) {
            self.tokens[last].part = Part::Word;
        }
    }
}

fn place_kinds(meanings: &[Meaning]) -> Vec<&'static str> {
    meanings.iter().filter_map(Meaning::place).collect()
}

fn place_word(meanings: &[Meaning]) -> Option<Part> {
    let places = place_kinds(meanings);
    (!places.is_empty()).then_some(Part::PlaceWord(places))
}

fn part_of(meanings: &[Meaning]) -> Option<Part> {
    let filler = |kind: &'static str| meanings.contains(&Meaning::Filler(kind));
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
    let status: Vec<StatusKind> = meanings.iter().filter_map(Meaning::status).collect();
    if !status.is_empty() {
        return Some(Part::Status(status, place_kinds(meanings)));
    }
    if let Some(part) = place_word(meanings) {
        return Some(part);
    }
    meanings
        .iter()
        .any(|m| matches!(m, Meaning::Filler(_)))
        .then_some(Part::Filler)
}
