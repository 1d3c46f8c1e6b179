//! One candidate under one reading of the query: how it fits, which house it gives, what it scores.

use super::gather::Run;
use super::house::{AskedNumber, HouseHit, MatchState, find_door, resolve_house};
use super::plan::{AreaHit, Reading};
use super::pool::{CategoryAnswer, Ranked};
use super::question::Question;
use super::rank::{Fits, NameMatches, Subject, TextMatch, score};
use super::spelling::Fit;
use super::text::QueryText;
use geodata::snapshot::{DocId, NumberRow};
use geodata::{Layer, LonLat, NameKind, Plane};

/// How well a letter or two name an area.
const BEGUN_AREA: f32 = 0.5;
/// So many times further away than a street reaches, it does not matter where on it one arrives.
const FAR: f64 = 20.0;
/// A settlement without a boundary is around its centre, at least this far, in metres.
const AROUND_CENTRE_M: f64 = 2_500.0;

/// One reading of a question, by which candidates are rated.
pub(super) struct Rating<'a> {
    question: &'a Question<'a>,
    reading: &'a Reading,
    names: NameMatches<'a>,
    number: Option<AskedNumber>,
}

impl<'a> Rating<'a> {
    pub(super) fn new(question: &'a Question<'a>, reading: &'a Reading) -> Rating<'a> {
        let asked = |number| AskedNumber::of(number, question.snapshot);
        Rating {
            question,
            reading,
            names: NameMatches::new(question, reading),
            number: reading.house.as_ref().map(|(number, _)| asked(*number)),
        }
    }

    /// Where the snapshot's numbers begin that may be the asked one.
    pub(super) fn number_row(&self) -> Option<NumberRow> {
        self.number.map(|asked| asked.first)
    }
}

impl Run<'_> {
    /// A candidate under one reading; `None` when it is no answer to it.
    pub(super) fn rate(&self, rating: &mut Rating<'_>, doc: DocId) -> Option<Ranked> {
        let Rating {
            question,
            reading,
            names,
            number,
        } = rating;
        if !self.budget.rate() {
            return None;
        }
        let matched = if reading.asks_for_category() {
            Some(category_match(reading))
        } else {
            names.of(doc)
        };
        let matched = matched.filter(|m| m.query_covered >= self.weights.least_text)?;
        let house = number.and_then(|n| resolve_house(question, doc, n));
        if !self.allowed(doc, house.as_ref(), question.text) {
            return None;
        }
        let point = house.as_ref().map_or(self.point_of(doc), |h| h.point);
        let built = house.as_ref().is_some_and(|h| h.row.is_some());
        if built && self.query.bbox.is_some_and(|b| !b.contains(point)) {
            return None;
        }
        let area = match reading.begun_area {
            Some(token) => self.begun_area(question, token, doc),
            None => self.named_area(reading, doc),
        };
        if area.is_none() && reading.names_area() {
            return None;
        }
        let subject = Subject {
            question,
            reading,
            doc,
            point,
            matched: &matched,
            house: house.as_ref(),
            area,
        };
        let status_only = matched.status_only;
        let text_is_complete = matched.fits.all(|fit| fit == Some(Fit::Exact));
        let (score, why) = score(&subject);
        Some(Ranked {
            part: self.part,
            doc,
            score,
            matched,
            house,
            point,
            asked_house: number.is_some(),
            in_named_area: area.is_some() && reading.begun_area.is_none(),
            category: match (reading.asks_for_category(), reading.category_begun) {
                (true, false) => Some(CategoryAnswer::Whole),
                (true, true) => Some(CategoryAnswer::Begun),
                (false, _) => status_only.then_some(if text_is_complete {
                    CategoryAnswer::Whole
                } else {
                    CategoryAnswer::Begun
                }),
            },
            why,
        })
    }

    /// The area around a candidate whose name a token begins.
    fn begun_area(&self, question: &Question<'_>, token: usize, doc: DocId) -> Option<AreaHit> {
        let mut parents = self.snapshot.parents(doc).iter();
        let area = parents.find(|p| question.index.begins_name(token, **p))?;
        Some(AreaHit {
            doc: *area,
            quality: BEGUN_AREA,
        })
    }

    /// The named area that a candidate lies in. A village inside a city's boundary is less the city than its own.
    fn named_area(&self, reading: &Reading, doc: DocId) -> Option<AreaHit> {
        if reading.areas.is_empty() {
            return None;
        }
        let parents = self.snapshot.parents(doc);
        let own = self.snapshot.settlement(doc);
        let rated = reading.areas.iter().filter_map(|a| {
            let share = if !parents.contains(&a.doc) {
                self.is_around_centre(a.doc, doc).then_some(0.8)?
            } else if self.snapshot.layer(a.doc).is_settlement() && own != Some(a.doc) {
                0.5
            } else {
                1.0
            };
            Some(AreaHit {
                quality: a.quality * share,
                ..*a
            })
        });
        rated.max_by(|a, b| a.quality.total_cmp(&b.quality))
    }

    /// Whether a candidate is near a settlement that has no boundary: one that a city has swallowed keeps its name.
    fn is_around_centre(&self, area: DocId, doc: DocId) -> bool {
        let place = self.snapshot.place(area);
        let settlement = |d: &DocId| self.snapshot.layer(*d).is_settlement();
        let swallowed_by = self.snapshot.parents(area);
        let own = self.snapshot.settlement(doc);
        let centred = settlement(&area) && self.snapshot.shapes().rings_of(area).next().is_none();
        centred
            && doc != area
            && own.is_none_or(|own| swallowed_by.contains(&own))
            && self
                .point_near(doc, &Plane::at(place.point))
                .distance_m(place.point)
                <= AROUND_CENTRE_M.max(f64::from(place.radius_m))
    }

    /// Whether the answer that a candidate would give is of a wanted layer.
    fn allowed(&self, doc: DocId, house: Option<&HouseHit>, text: &QueryText) -> bool {
        let layer = match house.map(|h| h.state) {
            Some(MatchState::Entrance) => Layer::Entrance,
            Some(MatchState::StreetOnly) | None => self.snapshot.layer(doc),
            Some(_) => Layer::House,
        };
        let exit = text
            .door
            .as_ref()
            .is_some_and(|d| find_door(self.snapshot, self.snapshot.exits(doc), d).is_some());
        self.query.layers.is_empty()
            || self.query.layers.contains(&layer)
            || exit && self.query.layers.contains(&Layer::Entrance)
    }

    /// Where a place is for the one who asks.
    fn point_of(&self, doc: DocId) -> LonLat {
        match &self.around {
            Some(plane) => self.point_near(doc, plane),
            None => self.snapshot.place(doc).point,
        }
    }

    /// The point of a place that is nearest to that of a plane: on the line of a street that is not far, else the label
    /// point.
    fn point_near(&self, doc: DocId, plane: &Plane) -> LonLat {
        let record = self.snapshot.place(doc);
        let place = record.point;
        let far = || plane.distance_m(place) > FAR * f64::from(record.radius_m);
        if self.snapshot.layer(doc) != Layer::Street || far() {
            return place;
        }
        let lines = self.snapshot.lines(doc);
        let nearest = lines.filter_map(|l| plane.nearest_on_line(l));
        nearest
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(place, |(point, _)| point)
    }
}

/// A place that is asked for by its category needs no name.
fn category_match(reading: &Reading) -> TextMatch {
    TextMatch {
        name: 0,
        kind: NameKind::Main,
        score: if reading.category_begun { 0.8 } else { 0.88 },
        status: 0.0,
        query_covered: 0.95,
        name_covered: 1.0,
        clean: true,
        status_only: false,
        number_in_name: false,
        fits: Fits::default(),
    }
}
