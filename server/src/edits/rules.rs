//! What is wrong, or odd, about an edit that is well-formed: each rule by itself.

use crate::search::View;
use geodata::edits::{Edit, EditError, Operation, Subject};
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Housenumber, LonLat, SourceId, nearest_on_line};
use synonyms::fold;

/// A house farther than this from its street is odd, in metres.
const FAR_FROM_STREET_M: f64 = 500.0;
/// Farther than this it is a mistake.
const TOO_FAR_FROM_STREET_M: f64 = 20_000.0;
/// A place that moves farther than this is odd.
const FAR_MOVE_M: f64 = 1_000.0;
/// Farther than this it is another place.
const TOO_FAR_MOVE_M: f64 = 50_000.0;

/// Something odd: the edit is stored when its author confirms it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Stable: what the author confirms.
    pub code: &'static str,
    pub field: String,
    pub message: String,
}

/// Judges an edit whose places exist.
///
/// # Errors
/// When something cannot be meant.
pub(super) fn judge(view: &View, edit: &Edit) -> Result<Vec<Warning>, EditError> {
    let mut warnings = Vec::new();
    warnings.extend(far_move(view, edit)?);
    if let Some(street) = Street::of(view, edit) {
        for (n, house) in street.houses(edit).into_iter().enumerate() {
            let field = match edit.operation {
                Operation::SetHousenumber => "after.housenumber".to_owned(),
                Operation::Move => "after.position".to_owned(),
                Operation::SetAddress => "after.street".to_owned(),
                _ => format!("after.houses[{n}]"),
            };
            warnings.extend(street.duplicate(&house, &field));
            warnings.extend(street.far(&house, &field)?);
            warnings.extend(street.outside(&house, &field));
        }
    }
    warnings.extend(twice_in_one(edit));
    warnings.extend(same_street(view, edit));
    warnings.dedup();
    Ok(warnings)
}

/// A house as it shall be.
struct House {
    number: String,
    point: LonLat,
    source: Option<SourceId>,
}

/// The street that houses of an edit shall be found on.
struct Street<'v> {
    snapshot: &'v Snapshot,
    doc: DocId,
}

impl<'v> Street<'v> {
    fn of(view: &'v View, edit: &Edit) -> Option<Street<'v>> {
        let house = edit.subject() == Subject::House;
        let on = match edit.operation {
            Operation::CreateHouses => edit.target?.place,
            Operation::SetHousenumber | Operation::Move if house => edit.target?.place,
            Operation::SetAddress if house => edit.place_in("street")?,
            _ => return None,
        };
        let (part, doc) = view.find(on)?;
        Some(Street {
            snapshot: view.snapshot(part),
            doc,
        })
    }

    fn houses(&self, edit: &Edit) -> Vec<House> {
        if edit.operation == Operation::CreateHouses {
            let new = edit.new_houses().into_iter();
            return new
                .map(|h| House {
                    number: h.number,
                    point: h.point,
                    source: None,
                })
                .collect();
        }
        let Some(target) = edit.target else {
            return Vec::new();
        };
        let houses = self.snapshot.houses(self.doc).iter();
        let own = houses.filter(|h| target.is_house(h.source)).take(1);
        own.map(|h| {
            let number = edit.after.get("housenumber").and_then(|n| n.as_str());
            House {
                number: number.unwrap_or(self.snapshot.text(h.number)).to_owned(),
                point: edit.position().unwrap_or(h.point),
                source: Some(h.source),
            }
        })
        .collect()
    }

    fn duplicate(&self, house: &House, field: &str) -> Option<Warning> {
        let keys = Housenumber::keys_of_tag(&house.number).unwrap_or_default();
        let mut others = self.snapshot.houses(self.doc).iter();
        let same = others.find(|h| {
            keys.first() == Some(&h.key()) && Some(h.source) != house.source && !h.is_interpolated()
        })?;
        let distance = same.point.distance_m(house.point);
        Some(Warning {
            code: "duplicate_number",
            field: field.to_owned(),
            message: format!(
                "the street has a house `{}` already, {distance:.0} m away",
                self.snapshot.text(same.number)
            ),
        })
    }

    /// Distance from the street's lines and houses, in metres; infinite when it has neither.
    fn distance_m(&self, point: LonLat) -> f64 {
        let lines = self.snapshot.lines(self.doc);
        let to_lines = lines.filter_map(|line| nearest_on_line(line, point).map(|(_, d)| d));
        let houses = self.snapshot.houses(self.doc).iter();
        let to_houses = houses.map(|h| h.point.distance_m(point));
        let own = self.snapshot.place(self.doc).point.distance_m(point);
        to_lines.chain(to_houses).fold(own, f64::min)
    }

    fn far(&self, house: &House, field: &str) -> Result<Option<Warning>, EditError> {
        let distance = self.distance_m(house.point);
        let problem =
            format!("the house lies {distance:.0} m from the nearest point of its street");
        if distance > TOO_FAR_FROM_STREET_M {
            return Err(EditError {
                field: field.to_owned(),
                problem: format!("{problem}; expected at most {TOO_FAR_FROM_STREET_M:.0} m"),
            });
        }
        Ok((distance > FAR_FROM_STREET_M).then(|| Warning {
            code: "far_from_street",
            field: field.to_owned(),
            message: problem,
        }))
    }

    fn outside(&self, house: &House, field: &str) -> Option<Warning> {
        let settlement = self.snapshot.settlement(self.doc)?;
        self.snapshot.shapes().rings_of(settlement).next()?;
        let around = self.snapshot.shapes().containing(house.point);
        (!around.contains(&settlement)).then(|| Warning {
            code: "outside_settlement",
            field: field.to_owned(),
            message: format!(
                "the house lies outside of {}, where its street is",
                self.snapshot.name_in(settlement, &[])
            ),
        })
    }
}

fn far_move(view: &View, edit: &Edit) -> Result<Option<Warning>, EditError> {
    let Some((target, to)) = edit.target.zip(edit.position()) else {
        return Ok(None);
    };
    let Some(fields) = super::shown_fields(view, target) else {
        return Ok(None);
    };
    let from = fields.get("position").and_then(|p| {
        let point = p.as_array()?;
        LonLat::new(point.first()?.as_f64()?, point.get(1)?.as_f64()?).ok()
    });
    let Some(distance) = from.map(|from| from.distance_m(to)) else {
        return Ok(None);
    };
    let problem = format!("the place would move by {distance:.0} m");
    if distance > TOO_FAR_MOVE_M {
        return Err(EditError {
            field: "after.position".to_owned(),
            problem: format!("{problem}; expected at most {TOO_FAR_MOVE_M:.0} m"),
        });
    }
    Ok((distance > FAR_MOVE_M).then(|| Warning {
        code: "far_move",
        field: "after.position".to_owned(),
        message: problem,
    }))
}

/// Houses of one edit that bear one number.
fn twice_in_one(edit: &Edit) -> Option<Warning> {
    let mut seen = Vec::new();
    for (n, house) in edit.new_houses().into_iter().enumerate() {
        let key = Housenumber::keys_of_tag(&house.number).unwrap_or_default();
        if seen.contains(&key) {
            return Some(Warning {
                code: "duplicate_number",
                field: format!("after.houses[{n}]"),
                message: format!("the edit has a house `{}` already", house.number),
            });
        }
        seen.push(key);
    }
    None
}

/// A new street of a name that its settlement has already.
fn same_street(view: &View, edit: &Edit) -> Option<Warning> {
    if edit.operation != Operation::CreateStreet {
        return None;
    }
    let name = edit.after.get("name")?.as_str()?;
    let within = edit.place_in("within")?;
    let query = crate::search::SearchQuery {
        layers: vec![geodata::Layer::Street],
        within: Some(within),
        ..crate::search::SearchQuery::typed(name, None)
    };
    let weights = crate::search::RankWeights::default();
    let found = crate::search::search_view(view, &weights, &query).results;
    let same = found
        .into_iter()
        .find(|f| fold(&f.label.name) == fold(name))?;
    Some(Warning {
        code: "duplicate_street",
        field: "after.name".to_owned(),
        message: format!("there is `{}` already: {}", same.label.text, same.id),
    })
}
