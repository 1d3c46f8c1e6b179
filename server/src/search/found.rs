//! Results: ranked candidates with everything an answer shows.

use super::gather::Run;
use super::house::{HouseHit, MatchState, find_door, twins_of};
use super::label::{Label, LabelPart, highlight};
use super::pool::Ranked;
use super::rank::Reason;
use super::text::QueryText;
use geodata::snapshot::{DocId, NameRecord, Snapshot};
use geodata::{LanguageTag, Layer, LonLat, NameKind, PlaceRef, SourceId};

/// One result.
#[derive(Debug, Clone)]
pub struct Found {
    pub id: PlaceRef,
    /// The part of what was searched that it comes from, and its number there.
    pub part: usize,
    pub doc: DocId,
    pub layer: Layer,
    pub point: LonLat,
    pub label: Label,
    pub housenumber: Option<String>,
    pub postcode: Option<String>,
    pub state: Option<MatchState>,
    pub uncertainty_m: f64,
    /// The old name by which it was found.
    pub formerly: Option<String>,
    /// Ranges of characters of the label.
    pub matched: Vec<(usize, usize)>,
    pub source: SourceId,
    pub distance_m: Option<f64>,
    /// 0 to 1: how well the text fits.
    pub confidence: f32,
    pub score: f32,
    pub why: Vec<Reason>,
}

impl Run<'_> {
    /// Renders a ranked candidate, and the other houses that bear the number it was found by: corner houses, and
    /// houses that really have the same number.
    pub(super) fn found_with_twins(
        &self,
        ranked: &Ranked,
        text: &QueryText,
    ) -> impl Iterator<Item = Found> {
        let hit = ranked.house.as_ref();
        let twins = hit.map_or(Vec::new(), |hit| twins_of(self.snapshot, ranked.doc, hit));
        let twins = twins.into_iter();
        let twins = twins.map(|hit| self.found(&ranked.with_house(hit), text));
        std::iter::once_with(|| self.found(ranked, text)).chain(twins)
    }

    /// Renders a ranked candidate.
    pub(super) fn found(&self, ranked: &Ranked, text: &QueryText) -> Found {
        let snapshot = self.snapshot;
        let place = snapshot.place(ranked.doc);
        let mut found = Found {
            id: PlaceRef::whole(place.id),
            part: self.part,
            doc: ranked.doc,
            layer: snapshot.layer(ranked.doc),
            point: place.point,
            label: Label::default(),
            housenumber: None,
            postcode: snapshot
                .attribute(ranked.doc, "addr:postcode")
                .map(str::to_owned),
            state: None,
            uncertainty_m: 0.0,
            formerly: self.formerly(ranked),
            matched: Vec::new(),
            source: snapshot
                .sources(ranked.doc)
                .first()
                .copied()
                .unwrap_or(SourceId::NONE),
            distance_m: None,
            confidence: ranked.matched.score.clamp(0.0, 1.0),
            score: ranked.score,
            why: ranked.why.clone(),
        };
        let mut part = LabelPart::Place;
        let exit = text
            .door
            .as_ref()
            .and_then(|d| find_door(snapshot, snapshot.exits(ranked.doc), d));
        let (door_name, number);
        if let Some(hit) = &ranked.house {
            found.apply_house(hit, snapshot);
            number = hit.number(snapshot);
            part = match hit.door {
                Some(door) => {
                    door_name = self.door_name("entrance", snapshot.text(door));
                    LabelPart::Door(&door_name, &number)
                }
                None if hit.state == MatchState::StreetOnly => LabelPart::Place,
                None => LabelPart::House(&number),
            };
        } else if let Some(exit) = exit {
            let reference = snapshot.text(exit.reference);
            door_name = self.door_name("exit", reference);
            found.id = PlaceRef::part(place.id, &format!("x:{}", exit.source));
            (found.layer, found.point, found.source) = (Layer::Entrance, exit.point, exit.source);
            found.state = Some(MatchState::Entrance);
            part = LabelPart::Door(&door_name, "");
        }
        found.label = self.labels.render(ranked.doc, part);
        found.matched = highlight(&found.label.text, text);
        found.distance_m = self.query.focus.map(|f| f.distance_m(found.point));
        found
    }

    /// What a door is called in the first language that is asked for.
    fn door_name(&self, kind: &str, reference: &str) -> String {
        let language = self.query.languages.first().map_or("uk", String::as_str);
        let word = match (kind, language) {
            ("exit", "ru") => "выход",
            ("exit", "en") => "exit",
            ("exit", "ro") => "ieșirea",
            ("exit", _) => "вихід",
            (_, "ru") => "подъезд",
            (_, "en") => "entrance",
            (_, "ro") => "scara",
            _ => "під'їзд",
        };
        format!("{word} {reference}")
    }

    /// The old name that matched; in the local language when the translation of the only one did.
    fn formerly(&self, ranked: &Ranked) -> Option<String> {
        if ranked.matched.kind != NameKind::Old {
            return None;
        }
        let names = self.snapshot.names(ranked.doc);
        let matched = names.get(ranked.matched.name)?;
        let old = |n: &&NameRecord| {
            NameKind::from_byte(n.kind) == NameKind::Old && n.language == LanguageTag::NONE
        };
        let local: Vec<&NameRecord> = names.iter().filter(old).collect();
        let shown = if matched.language != LanguageTag::NONE && local.len() == 1 {
            local[0]
        } else {
            matched
        };
        Some(self.snapshot.text(shown.text).to_owned())
    }
}

impl Found {
    fn apply_house(&mut self, hit: &HouseHit, snapshot: &Snapshot) {
        self.state = Some(hit.state);
        self.uncertainty_m = hit.uncertainty_m;
        if hit.state == MatchState::StreetOnly {
            return;
        }
        let number = hit.number(snapshot);
        self.point = hit.point;
        self.source = hit.source;
        self.layer = if hit.door.is_some() {
            Layer::Entrance
        } else {
            Layer::House
        };
        if let Some(row) = hit.row {
            let postcode = snapshot.postcode(self.doc, row);
            self.postcode = (!postcode.is_empty()).then(|| postcode.to_owned());
            self.id = match hit.door {
                Some(_) => PlaceRef::part(self.id.place, &format!("e:{}", hit.source)),
                None => PlaceRef::house(self.id.place, hit.source),
            };
        } else {
            self.id = PlaceRef::part(self.id.place, &format!("i:{number}"));
        }
        self.housenumber = Some(number.into_owned());
    }
}
