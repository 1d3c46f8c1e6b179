//! Readings: which tokens are the name, the number, the settlement, the category. Several live side by side; ranking
//! decides.

use super::documents::intersect;
use super::question::Question;
use super::rank::NameMatches;
use super::spelling::Fit;
use super::text::Part;
use geodata::snapshot::{DocId, DocSet};
use geodata::{Housenumber, Second};
use std::hint::black_box;
use std::ops::Range;
use synonyms::{Gap, Meaning, Token, dictionary};

/// The most readings of one query.
const MAX_READINGS: usize = 32;
/// The most words of a settlement's name in a query.
const MAX_AREA_WORDS: usize = 3;
/// The most ways to find a house number in a query.
const MAX_HOUSES: usize = 4;
/// The most spans of a query that are taken for areas.
const MAX_AREA_SPANS: usize = 4;
/// The most areas that one span may mean.
const MAX_AREAS: usize = 40;
/// How much worse than the best an area's name may fit.
const AREA_SPREAD: f32 = 0.06;
/// How well an area's name must fit.
const LEAST_AREA_TEXT: f32 = 0.80;

/// A house number and the tokens it takes.
pub(super) type HouseSpan = (Housenumber, Range<usize>);

/// A last word of so few letters may begin the name of an area around what the others name.
const MAX_BEGUN_AREA: usize = 4;
/// The fewest letters by which a category is recognised before its word is complete.
const MIN_BEGUN_CATEGORY: usize = 5;

/// One reading of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    /// Tokens of the name.
    pub(super) name: Vec<usize>,
    /// A word that is left out because it fits nothing together with the others.
    pub(super) dropped: Option<usize>,
    pub(super) house: Option<HouseSpan>,
    /// Areas that the query names; empty when it names none.
    pub(super) areas: Vec<AreaHit>,
    /// A last word of few letters that begins the name of an area around the place: «Лисенка 7, К».
    pub(super) begun_area: Option<usize>,
    /// Categories that the query asks for.
    pub(super) categories: Vec<String>,
    /// Whether their term is still being typed.
    pub(super) category_begun: bool,
}

impl Reading {
    /// Whether some of the words name an area.
    pub(super) fn names_area(&self) -> bool {
        !self.areas.is_empty() || self.begun_area.is_some()
    }

    /// Whether any place of a category is asked for, whatever its name.
    pub(super) fn asks_for_category(&self) -> bool {
        !self.categories.is_empty() && self.name.is_empty()
    }
}

/// An area that some tokens of a query name.
#[derive(Debug, Clone, Copy)]
pub(super) struct AreaHit {
    pub(super) doc: DocId,
    pub(super) quality: f32,
}

/// An area that has the words of a span.
struct NamedArea {
    hit: AreaHit,
    is_settlement: bool,
    /// Whether the query says what kind of area it is.
    is_of_kind: bool,
    /// Whether the words only begin its name.
    is_begun: bool,
}

/// A span of tokens and the areas it may mean.
#[derive(Debug, Clone)]
struct AreaSpan {
    tokens: Range<usize>,
    areas: Vec<AreaHit>,
}

/// A span of tokens that is a category's term.
struct CategorySpan {
    tokens: Range<usize>,
    categories: Vec<String>,
    /// Whether the term is still being typed.
    begun: bool,
}

impl Question<'_> {
    /// All readings: categories first, then all words as the name, then with areas.
    pub(super) fn readings(&self) -> Vec<Reading> {
        let words: Vec<usize> = self.text.words().collect();
        // «Набережна 14 Мутин», «Аеропорт Вилкове»
        let named = self.text.naming_status_words();
        let all = usize::from(named.is_empty());
        let spans = self.area_spans(&words, words.len().saturating_sub(all));
        let (mut readings, mut in_areas) = (Vec::new(), Vec::new());
        for house in self.houses(&words) {
            let taken = house.as_ref().map_or(0..0, |(_, range)| range.clone());
            let rest: Vec<usize> = words
                .iter()
                .copied()
                .filter(|w| !taken.contains(w) && !self.text.is_letter_ending(*w))
                .collect();
            in_areas.extend(self.with_begun_area(&rest, &house));
            in_areas.extend(self.with_areas(&rest, &house, (&spans, &named)));
            if !rest.is_empty() {
                readings.push(Reading {
                    name: rest,
                    house,
                    ..Reading::default()
                });
            }
        }
        readings.extend(in_areas);
        self.add_categories(&words, &mut readings);
        readings.truncate(MAX_READINGS);
        readings
    }

    /// The numbers that may be a house's, and no number at all.
    fn houses(&self, words: &[usize]) -> Vec<Option<HouseSpan>> {
        let mut houses: Vec<Option<HouseSpan>> = Vec::new();
        for &at in words
            .iter()
            .rev()
            .filter(|w| self.text.tokens[**w].token.is_number())
        {
            // «2-га Лісова»
            let token = |n: usize| self.text.tokens.get(n).map(|t| &t.token);
            let goes_on = token(at + 2).is_some_and(|t| t.gap == Gap::Space);
            if goes_on && token(at + 1).is_some_and(Token::is_ordinal_ending) {
                continue;
            }
            // The second half of 12/3 is no number of its own.
            let inside = houses.iter().flatten().any(|(_, r)| r.contains(&at));
            if inside || self.text.announced.is_some_and(|a| a != at) {
                continue;
            }
            if let Some((number, used)) = self.text.number_at(at) {
                let used = self.text.end_of_list(at, used);
                let range = at..at + used;
                houses.retain(|h| h.as_ref().is_none_or(|(_, r)| !range.contains(&r.start)));
                houses.push(Some((number, range)));
                houses.extend(self.number_with_spaces(at, number, used).map(Some));
            }
        }
        houses.truncate(MAX_HOUSES);
        let only_numbers = words.iter().all(|w| self.text.tokens[*w].token.is_number());
        if self.text.announced.is_none() || houses.is_empty() || only_numbers {
            houses.push(None);
        }
        houses
    }

    /// The reading that takes a last word of few letters for the beginning of an area's name.
    fn with_begun_area(&self, rest: &[usize], house: &Option<HouseSpan>) -> Option<Reading> {
        let (last, name) = rest.split_last()?;
        let token = &self.text.tokens[*last];
        let begun = token.prefix
            && last + 1 == self.text.tokens.len()
            && token.token.len() <= MAX_BEGUN_AREA
            && !token.token.is_number()
            && !name.is_empty();
        begun.then(|| Reading {
            name: name.to_vec(),
            house: house.clone(),
            begun_area: Some(*last),
            ..Reading::default()
        })
    }

    /// A space for the slash: «42 2» may be 42/2.
    fn number_with_spaces(&self, at: usize, number: Housenumber, used: usize) -> Option<HouseSpan> {
        let next = self.text.tokens.get(at + used)?;
        let spaced = used == 1 && next.token.is_number() && next.token.gap == Gap::Space;
        let second = next
            .token
            .fold
            .parse()
            .ok()
            .filter(|_| spaced && next.part == Part::Word)?;
        let number = Housenumber {
            second: Second::Fraction(second),
            ..number
        };
        Some((number, at..at + 2))
    }

    /// Readings of the words that are no house number, first with one area, then with one in another; where an area takes
    /// them all, other words are `named`.
    fn with_areas(
        &self,
        rest: &[usize],
        house: &Option<HouseSpan>,
        (spans, named): (&[AreaSpan], &[usize]),
    ) -> Vec<Reading> {
        let (mut readings, mut nested) = (Vec::new(), Vec::new());
        let without = |span: &AreaSpan, from: &[usize]| -> Vec<usize> {
            from.iter()
                .copied()
                .filter(|w| !span.tokens.contains(w))
                .collect()
        };
        let fits =
            |span: &&AreaSpan, from: &[usize]| span.tokens.clone().any(|t| from.contains(&t));
        for span in spans.iter().filter(|s| fits(s, rest)) {
            let mut name = without(span, rest);
            if name.is_empty() {
                name.extend(named);
            }
            if name.is_empty() {
                continue;
            }
            for wider in spans
                .iter()
                .filter(|s| s.tokens.start != span.tokens.start && fits(s, &name))
            {
                let name = without(wider, &name);
                let areas = self.nested(&span.areas, &wider.areas);
                if !name.is_empty() && !areas.is_empty() {
                    nested.push(Reading {
                        name,
                        house: house.clone(),
                        areas,
                        ..Reading::default()
                    });
                }
            }
            readings.push(Reading {
                name,
                house: house.clone(),
                areas: span.areas.clone(),
                ..Reading::default()
            });
        }
        readings.extend(nested);
        readings
    }

    /// Areas of the first list that lie in one of the second.
    fn nested(&self, inner: &[AreaHit], outer: &[AreaHit]) -> Vec<AreaHit> {
        let inside = |a: &&AreaHit| {
            outer
                .iter()
                .any(|o| self.snapshot.parents(a.doc).contains(&o.doc))
        };
        inner
            .iter()
            .filter(inside)
            .map(|a| AreaHit {
                quality: a.quality + 0.2,
                ..*a
            })
            .collect()
    }

    /// Spans of at most `longest` words that are an area's name, the best first.
    fn area_spans(&self, words: &[usize], longest: usize) -> Vec<AreaSpan> {
        let mut spans: Vec<AreaSpan> = Vec::new();
        for (n, start) in words.iter().enumerate() {
            for length in 1..=MAX_AREA_WORDS.min(longest).min(words.len() - n) {
                let last = words[n + length - 1];
                let together = last - start < length + 1;
                let long_enough = words[n..n + length]
                    .iter()
                    .any(|w| self.text.tokens[*w].token.len() >= 3);
                if !together || !long_enough {
                    continue;
                }
                let name = &words[n..n + length];
                let find = || self.areas_named(name);
                let areas = self.index.named_areas(self.text, name, find);
                if !areas.is_empty() {
                    spans.push(AreaSpan {
                        tokens: *start..last + 1,
                        areas,
                    });
                }
            }
        }
        let worth = |s: &AreaSpan| s.areas[0].quality * (1.0 + 0.5 * (s.tokens.len() as f32 - 1.0));
        spans.sort_by(|a, b| {
            worth(b)
                .total_cmp(&worth(a))
                .then(a.tokens.start.cmp(&b.tokens.start))
        });
        spans.truncate(MAX_AREA_SPANS);
        spans
    }

    fn areas_named(&self, tokens: &[usize]) -> Vec<AreaHit> {
        let sets = tokens.iter().map(|n| self.index.with_area_word(*n));
        let sets: Vec<&DocSet> = sets.collect();
        let reading = Reading {
            name: tokens.to_vec(),
            ..Reading::default()
        };
        let mut names = NameMatches::new(self, &reading);
        let found = intersect(&sets, MAX_AREAS * 4, self.budget, |_| true);
        // Nothing is done with the number, but the records are near by then.
        black_box(self.snapshot.fetch(&found));
        let found = found.into_iter().filter_map(|doc| {
            let m = names.of(doc)?;
            // Status words elsewhere say nothing of the area: «вокзал Мерефа» is a station in Merefa.
            let quality = (m.score - m.status).min(1.0);
            let whole = m.fits.all(|f| f.is_some());
            (quality >= LEAST_AREA_TEXT && whole).then(|| NamedArea {
                hit: AreaHit { doc, quality },
                is_settlement: self.snapshot.layer(doc).is_settlement(),
                is_of_kind: m.status > 0.0,
                is_begun: m.fits.iter().any(|(_, fit)| fit == Some(Fit::Prefix)),
            })
        });
        let mut found: Vec<NamedArea> = found.collect();
        let best = found.iter().map(|a| a.hit.quality).fold(0.0, f32::max);
        found.retain(|a| a.hit.quality >= best - AREA_SPREAD);
        // «Садова 3 Київ» is no street around Kyiv until «Київська» is typed.
        let whole = found.iter().any(|a| a.is_settlement && !a.is_begun);
        found.retain(|a| a.is_settlement || !a.is_begun || !whole);
        // «Хмельницький» is the city rather than the district around it.
        let settled = found.iter().any(|a| a.is_settlement);
        for area in &mut found {
            if settled && !area.is_settlement && !area.is_of_kind {
                area.hit.quality = 0.0;
            }
        }
        let away = |hit: &AreaHit| {
            let point = self.snapshot.place(hit.doc).point;
            self.around.map_or(0.0, |plane| plane.distance_m(point))
        };
        let mut areas: Vec<(AreaHit, f64)> = found.iter().map(|a| (a.hit, away(&a.hit))).collect();
        areas.sort_by(|(a, a_away), (b, b_away)| {
            let better = b.quality.total_cmp(&a.quality);
            better.then(a_away.total_cmp(b_away))
        });
        areas.truncate(MAX_AREAS);
        areas.into_iter().map(|(hit, _)| hit).collect()
    }

    /// Readings that ask for a category: «аптека», «азс поруч», «аптека Оболонь», «заправка ОККО».
    fn add_categories(&self, words: &[usize], readings: &mut Vec<Reading>) {
        let Some(CategorySpan {
            tokens: range,
            categories,
            begun,
        }) = self.category(words)
        else {
            return;
        };
        let rest: Vec<usize> = words
            .iter()
            .copied()
            .filter(|w| !range.contains(w))
            .collect();
        // «Strada Flori» is a street.
        let street = |n: usize| matches!(self.text.tokens[n].part, Part::Status(..));
        let asks_for_street = (0..self.text.tokens.len()).any(|n| !range.contains(&n) && street(n));
        if rest.is_empty() && asks_for_street {
            return;
        }
        readings.insert(
            0,
            Reading {
                name: rest.clone(),
                categories: categories.clone(),
                category_begun: begun,
                ..Reading::default()
            },
        );
        for span in self.area_spans(&rest, rest.len()) {
            let name = rest
                .iter()
                .copied()
                .filter(|w| !span.tokens.contains(w))
                .collect();
            readings.insert(
                0,
                Reading {
                    name,
                    areas: span.areas,
                    categories: categories.clone(),
                    category_begun: begun,
                    ..Reading::default()
                },
            );
        }
    }

    /// The longest run of words that is a category's term, as typed or, for the last word, as begun.
    fn category(&self, words: &[usize]) -> Option<CategorySpan> {
        let categories = |meanings: &[Meaning]| -> Vec<String> {
            let of = |m: &Meaning| {
                if let Meaning::Category(c) = m {
                    Some((*c).to_owned())
                } else {
                    None
                }
            };
            meanings.iter().filter_map(of).collect()
        };
        // Words such as «метро», «вокзал» and «парк» are status words and categories at once.
        let all: Vec<usize> = (0..self.text.tokens.len())
            .filter(|n| {
                !matches!(
                    self.text.tokens[*n].part,
                    Part::Aside | Part::And | Part::Nearby | Part::Filler
                )
            })
            .collect();
        // From each token on the meanings of it, of it and the next …
        let along = |run: &[usize]| {
            let together = run.iter().zip(run[0]..).take_while(|(n, at)| **n == *at);
            let words = together.map(|(n, _)| &*self.text.tokens[*n].token.fold);
            dictionary().meanings_along(words)
        };
        let along: Vec<(usize, Vec<&[Meaning]>)> =
            (0..all.len()).map(|n| (all[n], along(&all[n..]))).collect();
        let longest = along.iter().map(|(_, along)| along.len()).max();
        for length in (1..=longest.unwrap_or(0)).rev() {
            for (at, along) in &along {
                let meanings = along.get(length - 1).copied().unwrap_or_default();
                let found = categories(meanings);
                if !found.is_empty() {
                    return Some(CategorySpan {
                        tokens: *at..at + length,
                        categories: found,
                        begun: false,
                    });
                }
            }
        }
        let last = *words.last()?;
        let token = &self.text.tokens[last];
        if !token.prefix || token.token.len() < MIN_BEGUN_CATEGORY {
            return None;
        }
        let begun = dictionary().starting_with(&token.token.fold, 8);
        let found: Vec<String> = begun.iter().flat_map(|(_, m)| categories(m)).collect();
        (!found.is_empty()).then_some(CategorySpan {
            tokens: last..last + 1,
            categories: found,
            begun: true,
        })
    }
}
