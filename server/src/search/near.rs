//! Places near a point with everything an answer shows: the same as for a search, and the way there.

use super::found::Found;
use super::house::{ALONG_LINE_M, MatchState};
use super::label::{LabelPart, Labels};
use geodata::snapshot::{DocId, NearHouse, Snapshot};
use geodata::{Layer, LonLat, PlaceRef, SourceId};

/// One place, as seen from the asked point.
#[derive(Debug, Clone)]
pub struct Near {
    pub found: Found,
    /// Degrees clockwise from north; none when it is at the point itself.
    pub bearing_deg: Option<f64>,
    pub opening_hours: Option<String>,
    /// Whether it is open at the asked moment; none where nobody knows, or asked.
    pub open: Option<bool>,
}

/// From where, and in which languages, places of one part are shown.
pub(super) struct Viewpoint<'a> {
    /// The part of what is shown that places come from.
    part: usize,
    snapshot: &'a Snapshot,
    from: LonLat,
    labels: Labels<'a>,
}

impl<'a> Viewpoint<'a> {
    pub(super) fn new(
        (part, snapshot): (usize, &'a Snapshot),
        from: LonLat,
        languages: &'a [String],
    ) -> Viewpoint<'a> {
        Viewpoint {
            part,
            snapshot,
            from,
            labels: Labels::new(snapshot, languages),
        }
    }

    /// A place that stands at `point`: for a street its nearest one.
    pub(super) fn place(&self, doc: DocId, point: LonLat) -> Near {
        self.place_or_part(doc, point, LabelPart::Place)
    }

    fn place_or_part(&self, doc: DocId, point: LonLat, part: LabelPart<'_>) -> Near {
        let snapshot = self.snapshot;
        let attribute = |key: &str| snapshot.attribute(doc, key).map(str::to_owned);
        let sources = snapshot.sources(doc);
        let found = Found {
            id: PlaceRef::whole(snapshot.place(doc).id),
            part: self.part,
            doc,
            layer: snapshot.layer(doc),
            point,
            label: self.labels.render(doc, part),
            housenumber: None,
            postcode: attribute("addr:postcode"),
            state: None,
            uncertainty_m: 0.0,
            formerly: None,
            matched: Vec::new(),
            source: sources.first().copied().unwrap_or(SourceId::NONE),
            distance_m: Some(self.from.distance_m(point)),
            confidence: 1.0,
            score: 0.0,
            why: Vec::new(),
        };
        Near {
            found,
            bearing_deg: self.from.bearing_deg(point),
            opening_hours: attribute("opening_hours"),
            open: None,
        }
    }

    /// A house.
    pub(super) fn house(&self, near: NearHouse) -> Option<Near> {
        let snapshot = self.snapshot;
        let house = snapshot.houses(near.doc).get(near.row)?;
        let number = snapshot.text(house.number);
        let postcode = snapshot.postcode(near.doc, near.row);
        let (state, uncertainty_m) = if house.is_interpolated() {
            (MatchState::Interpolated, ALONG_LINE_M)
        } else {
            (MatchState::Exact, 0.0)
        };
        let place = self.place_or_part(near.doc, house.point, LabelPart::House(number));
        let found = Found {
            id: PlaceRef::house(snapshot.place(near.doc).id, house.source),
            layer: Layer::House,
            housenumber: Some(number.to_owned()),
            postcode: Some(postcode.to_owned()).filter(|p| !p.is_empty()),
            state: Some(state),
            uncertainty_m,
            source: house.source,
            ..place.found
        };
        Some(Near {
            found,
            opening_hours: None,
            ..place
        })
    }
}
