//! What stands below or beside the house in an address: doors, flats, floors, codes, postcodes.

use super::text::{Door, Part, QueryText};
use synonyms::{Gap, Meaning, dictionary};

impl QueryText {
    /// Postcodes in front or behind: «24321, Ладижин …», `MD-2012, …`. They say where, but less than the words do.
    pub(super) fn find_postcode(&mut self) {
        if self.tokens.len() < 3 {
            return;
        }
        for at in 0..self.tokens.len() {
            let token = &self.tokens[at].token;
            let alone = self
                .tokens
                .get(at + 1)
                .is_none_or(|t| !matches!(t.token.gap, Gap::None | Gap::Slash | Gap::Hyphen));
            let country =
                at > 0 && token.gap == Gap::Hyphen && self.tokens[at - 1].token.len() == 2;
            if token.is_number() && alone && (token.len() == 5 || token.len() == 4 && country) {
                let first = if country { at - 1 } else { at };
                self.set(first..at + 1, Part::Aside);
            }
        }
    }

    /// Units below the house: «під'їзд 3», «3-й під'їзд», «кв. 45», «код 45к».
    pub(super) fn find_units(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let (kinds, used) = self.unit_at(at);
            let Some(kind) = self.choose_unit(&kinds, at, used) else {
                at += 1;
                continue;
            };
            let value = at + used;
            if kind == "house" {
                self.announced = self
                    .tokens
                    .get(value)
                    .filter(|t| t.token.is_number())
                    .map(|_| value);
                self.set(at..value, Part::Filler);
                at = value;
                continue;
            }
            let after = self
                .tokens
                .get(value)
                .is_some_and(|t| t.token.is_number() || t.token.len() == 1);
            let (range, number) = match (after, self.number_before(at)) {
                (true, _) => (at..value + 1, value),
                (false, Some(before)) => (before..value, before),
                (false, None) => (at..value, at),
            };
            if matches!(kind, "entrance" | "exit") && number != at {
                let reference = self.tokens[number].token.fold.clone();
                self.door = Some(Door {
                    reference,
                    exit: kind == "exit",
                });
            }
            let mut end = range.end;
            // A code goes on: 45к, 12#34.
            while self
                .tokens
                .get(end)
                .is_some_and(|t| t.token.gap == Gap::None)
            {
                end += 1;
            }
            self.set(range.start..end, Part::Aside);
            at = end;
        }
    }

    fn unit_at(&self, at: usize) -> (Vec<&'static str>, usize) {
        let words = self.tokens[at..].iter().take(2);
        let along = dictionary().meanings_along(words.map(|t| &*t.token.fold));
        for (n, meanings) in along.into_iter().enumerate().rev() {
            let kinds: Vec<&str> = meanings
                .iter()
                .filter_map(Meaning::unit)
                .filter(|k| !matches!(*k, "corpus" | "building" | "letter"))
                .collect();
            if !kinds.is_empty() {
                return (kinds, n + 1);
            }
        }
        (Vec::new(), 1)
    }

    /// A unit word counts where a number stands next to it; a short one only behind another number.
    fn choose_unit(&self, kinds: &[&'static str], at: usize, used: usize) -> Option<&'static str> {
        let next = self.tokens.get(at + used);
        let number_next = next.is_some_and(|t| t.token.is_number());
        let numbers_before = self.tokens[..at].iter().any(|t| t.token.is_number());
        let word = &self.tokens[at].token;
        // The «д» of «пр-д» is no house.
        let behind_word = at > 0 && !self.tokens[at - 1].token.is_number();
        let ending = word.gap == Gap::Hyphen && behind_word;
        if word.is_number() || word.gap == Gap::None && at > 0 || ending || self.is_short_end(at) {
            return None;
        }
        let short = used == 1 && word.len() <= 2;
        if kinds.contains(&"house") && number_next && !(numbers_before && short) {
            return Some("house");
        }
        let letter_next = next.is_some_and(|t| t.token.len() == 1);
        let beside = number_next || !short && (letter_next || self.number_before(at).is_some());
        let other = kinds.iter().copied().find(|k| *k != "house")?;
        let station = matches!(other, "exit" | "entrance");
        (beside && (numbers_before || station || !short)).then_some(other)
    }

    /// The number right before a unit word, its ordinal ending skipped: `3-й під'їзд`; never the only number, which is
    /// the house's.
    fn number_before(&self, at: usize) -> Option<usize> {
        let number =
            |n: usize| self.tokens[n].token.is_number() && self.tokens[n].part == Part::Word;
        let ending =
            |n: usize| self.tokens[n].token.gap == Gap::Hyphen && self.tokens[n].token.len() <= 2;
        let before = match at {
            0 => return None,
            _ if number(at - 1) => at - 1,
            _ if at >= 2 && ending(at - 1) && number(at - 2) => at - 2,
            _ => return None,
        };
        (0..before).any(number).then_some(before)
    }
}
