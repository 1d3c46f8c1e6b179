//! An edit, checked: every field is one that its operation may set, and has a value that makes sense.

use super::fields::{Fields, MAX_TEXT_CHARS, is_name, read_point};
use super::operation::Operation;
use crate::coord::LonLat;
use crate::housenumber::Housenumber;
use crate::place::{Layer, PlaceId, PlaceRef};
use crate::source::{MAX_EDIT_PART, SourceId};
use serde_json::{Map, Value};
use thiserror::Error;

/// Houses that one edit may create or take along.
const MAX_HOUSES: usize = MAX_EDIT_PART as usize - 1;
/// Points of a new street's lines.
const MAX_POINTS: usize = 5_000;
/// The longest name of a tag.
const MAX_KEY_CHARS: usize = 63;

/// What is wrong with an edit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{field}`: {problem}")]
pub struct EditError {
    /// Where: `after.housenumber`.
    pub field: String,
    /// What was expected, and what was found.
    pub problem: String,
}

/// What an edit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Place,
    House,
}

/// A checked edit.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The number under which the base keeps it.
    pub number: u32,
    pub operation: Operation,
    /// The place or house; of new houses their street.
    pub target: Option<PlaceRef>,
    /// What its author saw of the fields that it changes.
    pub before: Fields,
    /// What they shall be.
    pub after: Fields,
}

/// A house that an edit creates.
#[derive(Debug, Clone, PartialEq)]
pub struct NewHouse {
    pub number: String,
    pub point: LonLat,
    pub postcode: String,
}

impl Edit {
    /// Checks an edit as it was sent or stored.
    ///
    /// # Errors
    /// Names the first field that is missing, superfluous or makes no sense.
    pub fn read(
        number: u32,
        (operation, target): (&str, Option<&str>),
        before: &Value,
        after: &Value,
    ) -> Result<Edit, EditError> {
        let operation = operation
            .parse::<Operation>()
            .map_err(|problem| error("operation", problem))?;
        let target = target
            .map(|t| {
                t.parse::<PlaceRef>()
                    .map_err(|problem| error("target", problem))
            })
            .transpose()?;
        let edit = Edit {
            number,
            operation,
            target,
            before: object("before", before)?,
            after: object("after", after)?,
        };
        edit.check_target()?;
        edit.check_after()?;
        Ok(edit)
    }

    /// Whether it is about a house or about a place.
    pub fn subject(&self) -> Subject {
        match self.target {
            Some(PlaceRef { part: Some(_), .. }) => Subject::House,
            _ => Subject::Place,
        }
    }

    /// The id under which what it makes is known.
    pub fn created_id(&self) -> Option<PlaceId> {
        super::Workbench::created_id(self)
    }

    /// The houses that it creates.
    pub fn new_houses(&self) -> Vec<NewHouse> {
        let listed = self.after.get("houses").and_then(Value::as_array);
        let house = |h: &Value| {
            let text = |key| h.get(key).and_then(Value::as_str).unwrap_or_default();
            Some(NewHouse {
                number: text("housenumber").trim().to_owned(),
                point: read_point(h.get("position")?)?,
                postcode: text("postcode").trim().to_owned(),
            })
        };
        listed.into_iter().flatten().filter_map(house).collect()
    }

    /// The houses of its target that go to the new street of a split.
    pub fn split_houses(&self) -> Vec<PlaceRef> {
        let listed = self.after.get("houses").and_then(Value::as_array);
        let id = |h: &Value| h.as_str()?.parse().ok();
        listed.into_iter().flatten().filter_map(id).collect()
    }

    /// The place that a field of `after` names.
    pub fn place_in(&self, key: &str) -> Option<PlaceId> {
        let id: PlaceRef = self.after.get(key)?.as_str()?.parse().ok()?;
        id.part.is_none().then_some(id.place)
    }

    /// The position in `after`.
    pub fn position(&self) -> Option<LonLat> {
        self.after.get("position").and_then(read_point)
    }

    /// Lines of a new street.
    pub fn lines(&self) -> Vec<Vec<LonLat>> {
        let lines = self.after.get("lines").and_then(Value::as_array);
        let line = |line: &Value| {
            let points = line.as_array()?.iter().map(read_point);
            points.collect::<Option<Vec<LonLat>>>()
        };
        lines.into_iter().flatten().filter_map(line).collect()
    }

    /// Every place that it changes, reads or names.
    pub fn places(&self) -> Vec<PlaceId> {
        let named = ["into", "street", "within"];
        let named = named.into_iter().filter_map(|key| self.place_in(key));
        self.target
            .map(|t| t.place)
            .into_iter()
            .chain(named)
            .collect()
    }

    /// Edits that undo this one where it has been carried out; `None` where only a fresh import can: what was taken away
    /// is not kept.
    pub fn inverse(&self) -> Option<Vec<Edit>> {
        let with = |operation, target, after| Edit {
            number: self.number,
            operation,
            target,
            before: Fields::new(),
            after,
        };
        let remove = |target| with(Operation::Delete, Some(target), Fields::new());
        let number = u32::from(MAX_EDIT_PART).min(u32::try_from(self.new_houses().len()).ok()?);
        match self.operation {
            operation if operation.sets_fields() => {
                let before = |key: &String| self.before.get(key).cloned().unwrap_or(Value::Null);
                let after = self.after.keys().map(|key| (key.clone(), before(key)));
                Some(vec![with(operation, self.target, after.collect())])
            }
            Operation::CreatePlace | Operation::CreateStreet => {
                let created = super::Workbench::created_id(self)?;
                Some(vec![remove(PlaceRef::whole(created))])
            }
            Operation::CreateHouses => {
                let street = self.target?.place;
                let house = |part: u32| {
                    let source =
                        SourceId::edit(self.number, u16::try_from(part).unwrap_or_default());
                    remove(PlaceRef::house(street, source))
                };
                Some((0..number).map(house).collect())
            }
            _ => None,
        }
    }

    fn check_target(&self) -> Result<(), EditError> {
        use Operation::{CreateHouses, CreatePlace, CreateStreet, Move, SetAddress};
        let house = self.subject() == Subject::House;
        match (self.operation, self.target) {
            (CreatePlace | CreateStreet, None) => Ok(()),
            (CreatePlace | CreateStreet, Some(target)) => Err(error(
                "target",
                format!(
                    "expected none, since `{}` makes something new, got `{target}`",
                    self.operation
                ),
            )),
            (_, None) => Err(error(
                "target",
                "expected the id of a place, found none".to_owned(),
            )),
            (Operation::SetHousenumber, Some(target)) if !house => Err(error(
                "target",
                format!("expected the id of a house (18 characters), got `{target}`"),
            )),
            (operation, Some(target)) if house => match operation {
                Operation::SetHousenumber
                | Move
                | SetAddress
                | Operation::Delete
                | Operation::Hide => Ok(()),
                CreateHouses => Err(error(
                    "target",
                    format!(
                        "expected the id of a street or settlement (12 characters), got `{target}`"
                    ),
                )),
                _ => Err(error(
                    "target",
                    format!(
                        "expected the id of a place (12 characters) for `{operation}`, got the house `{target}`"
                    ),
                )),
            },
            _ => Ok(()),
        }
    }

    fn check_after(&self) -> Result<(), EditError> {
        for (key, value) in &self.after {
            let at = format!("after.{key}");
            if !self.allows(key) {
                let problem = format!("is no field of `{}`; {}", self.operation, self.allowed());
                return Err(error(&at, problem));
            }
            self.check_value(&at, key, value)?;
        }
        for key in self.required() {
            if self.after.get(*key).is_none_or(Value::is_null) {
                let problem = format!("expected a value for `{}`, found none", self.operation);
                return Err(error(&format!("after.{key}"), problem));
            }
        }
        let sets = self.operation.sets_fields() || self.operation == Operation::AddSynonym;
        if self.after.is_empty() && sets {
            return Err(error(
                "after",
                format!("expected a field to set; {}", self.allowed()),
            ));
        }
        if self.operation == Operation::CreateStreet
            && self.lines().is_empty()
            && self.position().is_none()
            && self.new_houses().is_empty()
        {
            let problem = "expected lines, houses or a position, found none".to_owned();
            return Err(error("after.lines", problem));
        }
        Ok(())
    }

    fn required(&self) -> &'static [&'static str] {
        match self.operation {
            Operation::CreatePlace => &["layer", "position"],
            Operation::CreateStreet => &["name"],
            Operation::CreateHouses => &["houses"],
            Operation::Move => &["position"],
            Operation::SetHousenumber => &["housenumber"],
            Operation::Merge => &["into"],
            Operation::Split => &["houses", "name"],
            Operation::AddSynonym => &["synonym"],
            _ => &[],
        }
    }

    fn allows(&self, key: &str) -> bool {
        let house = self.subject() == Subject::House;
        match self.operation {
            Operation::CreatePlace => {
                matches!(key, "layer" | "position" | "category" | "within")
                    || is_name(key)
                    || is_tag(key)
            }
            Operation::CreateStreet => {
                matches!(key, "lines" | "position" | "houses" | "within") || is_name(key)
            }
            Operation::CreateHouses => key == "houses",
            Operation::SetNames => is_name(key),
            Operation::Move => key == "position",
            Operation::SetHousenumber => key == "housenumber",
            Operation::SetCategory => key == "category",
            Operation::SetAttributes => is_tag(key),
            Operation::SetAddress if house => matches!(key, "street" | "postcode"),
            Operation::SetAddress => key.starts_with("addr:") && is_tag(key),
            Operation::AddSynonym => key == "synonym",
            Operation::Merge => key == "into",
            Operation::Split => key == "houses" || is_name(key),
            Operation::Delete | Operation::Hide => false,
        }
    }

    fn allowed(&self) -> String {
        let house = self.subject() == Subject::House;
        let fields = match self.operation {
            Operation::CreatePlace => {
                "`layer`, `position`, `category`, `within`, names and other tags"
            }
            Operation::CreateStreet => "`lines`, `position`, `houses`, `within` and names",
            Operation::CreateHouses => "`houses`",
            Operation::SetNames => "names: `name`, `name:uk`, `old_name`, `alt_name` …",
            Operation::Move => "`position`",
            Operation::SetHousenumber => "`housenumber`",
            Operation::SetCategory => "`category`",
            Operation::SetAttributes => "tags other than names and the category",
            Operation::SetAddress if house => "`street` and `postcode`",
            Operation::SetAddress => "`addr:street`, `addr:housenumber`, `addr:postcode` …",
            Operation::AddSynonym => "`synonym`",
            Operation::Merge => "`into`",
            Operation::Split => "`houses` and names of the new street",
            Operation::Delete | Operation::Hide => return "allowed is no field".to_owned(),
        };
        format!("allowed are {fields}")
    }

    fn check_value(&self, at: &str, key: &str, value: &Value) -> Result<(), EditError> {
        let wrong = |expected: &str| Err(error(at, format!("expected {expected}, got `{value}`")));
        match key {
            "position" if read_point(value).is_none() => {
                wrong("[lon, lat] in degrees, lon between -180 and 180, lat between -90 and 90")
            }
            "position" => Ok(()),
            "housenumber" => check_number(at, value),
            "category" => match value.as_str().and_then(|c| c.split_once('=')) {
                Some((k, v)) if is_tag(k) && !v.is_empty() => Ok(()),
                _ => wrong("a category such as `amenity=cafe`"),
            },
            "layer" => match value.as_str().map(str::parse::<Layer>) {
                Some(Ok(Layer::Poi | Layer::Station | Layer::Locality | Layer::District)) => Ok(()),
                _ => wrong("one of poi, station, locality, district"),
            },
            "street" | "within" | "into" if self.place_in(key).is_none() => {
                wrong("the id of a place (12 characters)")
            }
            "street" | "within" | "into" => Ok(()),
            "lines" => self.check_lines(at, value),
            "houses" => self.check_houses(at, value),
            "name" | "synonym" if value.as_str().is_none_or(|v| v.trim().is_empty()) => {
                wrong("a name")
            }
            _ if value.is_null() => Ok(()),
            _ => match value.as_str() {
                Some(text) if (1..=MAX_TEXT_CHARS).contains(&text.trim().chars().count()) => Ok(()),
                _ => wrong(&format!(
                    "a text of at most {MAX_TEXT_CHARS} characters, or null"
                )),
            },
        }
    }

    fn check_lines(&self, at: &str, value: &Value) -> Result<(), EditError> {
        let lines = self.lines();
        let sent = value.as_array().map_or(0, Vec::len);
        let points: usize = lines.iter().map(Vec::len).sum();
        if sent == 0 || lines.len() < sent || lines.iter().any(|l| l.len() < 2) {
            let problem = "expected a list of lines, each of two or more [lon, lat] in degrees";
            return Err(error(at, problem.to_owned()));
        }
        if points > MAX_POINTS {
            return Err(error(
                at,
                format!("expected at most {MAX_POINTS} points, got {points}"),
            ));
        }
        Ok(())
    }

    fn check_houses(&self, at: &str, value: &Value) -> Result<(), EditError> {
        let Some(houses) = value.as_array().filter(|h| !h.is_empty()) else {
            return Err(error(
                at,
                format!("expected a list of houses, got `{value}`"),
            ));
        };
        if houses.len() > MAX_HOUSES {
            let problem = format!("expected at most {MAX_HOUSES} houses, got {}", houses.len());
            return Err(error(at, problem));
        }
        for (n, house) in houses.iter().enumerate() {
            let at = format!("{at}[{n}]");
            if self.operation == Operation::Split {
                let id = house.as_str().and_then(|h| h.parse::<PlaceRef>().ok());
                if id.is_none_or(|id| {
                    id.part.is_none() || Some(id.place) != self.target.map(|t| t.place)
                }) {
                    let problem =
                        format!("expected the id of a house of the target, got `{house}`");
                    return Err(error(&at, problem));
                }
                continue;
            }
            check_number(
                &format!("{at}.housenumber"),
                house.get("housenumber").unwrap_or(&Value::Null),
            )?;
            if house.get("position").and_then(read_point).is_none() {
                let problem = format!(
                    "expected [lon, lat] in degrees, got `{}`",
                    house.get("position").unwrap_or(&Value::Null)
                );
                return Err(error(&format!("{at}.position"), problem));
            }
        }
        Ok(())
    }
}

fn error(field: &str, problem: String) -> EditError {
    EditError {
        field: field.to_owned(),
        problem,
    }
}

fn object(field: &str, value: &Value) -> Result<Fields, EditError> {
    match value {
        Value::Null => Ok(Fields::new()),
        Value::Object(object) => Ok(Map::into_iter(object.clone()).collect()),
        other => Err(error(
            field,
            format!("expected an object of fields, got `{other}`"),
        )),
    }
}

fn check_number(at: &str, value: &Value) -> Result<(), EditError> {
    let text = value.as_str().unwrap_or_default();
    match Housenumber::parse_tag(text) {
        Ok(_) => Ok(()),
        Err(problem) => Err(error(at, format!("{problem}, got `{value}`"))),
    }
}

/// Whether a text is the key of a tag that is not a name and not one of the fields with a meaning of their own.
fn is_tag(key: &str) -> bool {
    let own = [
        "category", "position", "layer", "within", "into", "street", "houses", "lines",
    ];
    let letters =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | ':' | '-');
    let begins = key.starts_with(|c: char| c.is_ascii_lowercase());
    begins
        && key.len() <= MAX_KEY_CHARS
        && key.chars().all(letters)
        && !is_name(key)
        && !own.contains(&key)
}
