//! What cartographers do: every operation in turn, half of the time to what the map changes too, and then as often what
//! the map will say as something else.

use super::world::{House, Place, World};
use geodata::base::NewEdit;
use geodata::edits::Operation;
use geodata::{Layer, LonLat, PlaceId, PlaceRef, SourceId};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// One edit.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) operation: Operation,
    pub(crate) target: Option<PlaceRef>,
    /// The object of the house that is its target.
    pub(crate) source: Option<SourceId>,
    /// Objects of the houses that it gives a street of their own.
    pub(crate) houses: Vec<SourceId>,
    pub(crate) before: Value,
    pub(crate) after: Value,
    /// Whether the map has changed its target.
    pub(crate) touched: bool,
}

impl Case {
    /// The place it is about; of a house its street.
    pub(crate) fn place(&self) -> PlaceId {
        self.target.expect("an edit with a target").place
    }

    pub(crate) fn edit(&self, author: i64) -> NewEdit {
        NewEdit {
            operation: self.operation.as_str().to_owned(),
            target: self.target.map(|t| t.to_string()),
            before: self.before.clone(),
            after: self.after.clone(),
            comment: String::new(),
            evidence: Vec::new(),
            author,
            key: None,
            snapshot: String::new(),
        }
    }
}

/// Numbers that look random and are always the same: xorshift.
pub(crate) fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// One of so many.
pub(crate) fn pick(seed: &mut u64, count: usize) -> usize {
    let count = u64::try_from(count).expect("few things");
    usize::try_from(next(seed) % count).expect("one of a few things")
}

/// Things in a random order, those that the map has changed apart.
struct Pool<T> {
    touched: Vec<T>,
    others: Vec<T>,
}

impl<T> Pool<T> {
    fn of(all: impl Iterator<Item = (T, bool)>, seed: &mut u64) -> Pool<T> {
        let mut all: Vec<(u64, T, bool)> =
            all.map(|(t, touched)| (next(seed), t, touched)).collect();
        all.sort_by_key(|(order, ..)| *order);
        let (touched, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(.., touched)| *touched);
        let things = |list: Vec<(u64, T, bool)>| list.into_iter().map(|(_, t, _)| t).collect();
        Pool {
            touched: things(touched),
            others: things(others),
        }
    }

    fn take(&mut self, touched: bool, fits: impl Fn(&T) -> bool) -> Option<T> {
        let list = if touched {
            &mut self.touched
        } else {
            &mut self.others
        };
        let at = list.iter().rposition(fits)?;
        Some(list.swap_remove(at))
    }
}

/// Who works where: streets that are joined, split or deleted have no edits of their houses beside.
pub(crate) struct Cartographers<'w> {
    was: &'w World,
    map: &'w World,
    seed: u64,
    houses: Pool<SourceId>,
    streets: Pool<PlaceId>,
    things: Pool<PlaceId>,
    new_houses: Vec<SourceId>,
    new_places: Vec<PlaceId>,
    reserved: BTreeSet<PlaceId>,
    worked: BTreeSet<PlaceId>,
    number: usize,
}

impl<'w> Cartographers<'w> {
    /// `map` is what `was` becomes.
    pub(crate) fn new(was: &'w World, map: &'w World, mut seed: u64) -> Cartographers<'w> {
        let plain = |source: &SourceId| {
            let (was, is) = (was.house(*source), map.houses.get(source));
            was.is_some_and(|h| !h.interpolated) && is.is_none_or(|is| is.len() == 1)
        };
        let houses = was.houses.keys().copied().filter(plain);
        let houses = houses.map(|s| (s, was.houses.get(&s) != map.houses.get(&s)));
        let houses = Pool::of(houses, &mut seed);
        let differs = |id: &PlaceId| {
            was.places.get(id).map(Place::plain) != map.places.get(id).map(Place::plain)
        };
        let of = |layers: &'static [Layer], seed: &mut u64| {
            let all = was
                .places
                .iter()
                .filter(|(_, p)| layers.contains(&p.layer) && !p.names.is_empty());
            Pool::of(all.map(|(id, _)| (*id, differs(id))), seed)
        };
        let streets = of(&[Layer::Street], &mut seed);
        let things = of(&[Layer::Poi, Layer::Station], &mut seed);
        let new_houses = map
            .houses
            .keys()
            .filter(|s| map.house(**s).is_some() && !was.houses.contains_key(s));
        let new_places = map.places.keys().filter(|id| !was.places.contains_key(id));
        Cartographers {
            new_houses: new_houses.copied().collect(),
            new_places: new_places.copied().collect(),
            reserved: BTreeSet::new(),
            worked: BTreeSet::new(),
            number: 0,
            was,
            map,
            seed,
            houses,
            streets,
            things,
        }
    }

    /// So many edits, each of another thing.
    pub(crate) fn edits(mut self, count: usize) -> Vec<Case> {
        let mut cases = Vec::new();
        // Some operations find nothing more to do.
        for turn in 0..count * 4 {
            let operation = Operation::ALL[turn % Operation::ALL.len()];
            let touched = (turn / Operation::ALL.len()).is_multiple_of(2);
            self.number = turn;
            cases.extend(
                self.edit(operation, touched)
                    .map(|case| Case { touched, ..case }),
            );
            if cases.len() == count {
                break;
            }
        }
        cases
    }

    fn edit(&mut self, operation: Operation, touched: bool) -> Option<Case> {
        match operation {
            Operation::CreatePlace => self.create_place(touched),
            Operation::CreateStreet => self.create_street(touched),
            Operation::CreateHouses => self.create_houses(touched),
            Operation::SetHousenumber => self.set_house(operation, touched, "housenumber"),
            Operation::Move if self.chance(2) => self.set_house(operation, touched, "position"),
            Operation::SetAddress if self.chance(3) => self.set_house(operation, touched, "street"),
            Operation::SetAddress if self.chance(2) => {
                self.set_house(operation, touched, "postcode")
            }
            Operation::SetNames if self.chance(2) => {
                self.set_place(operation, (true, touched), "name")
            }
            Operation::SetNames => self.set_place(operation, (false, touched), "name"),
            Operation::Move => self.set_place(operation, (false, touched), "position"),
            Operation::SetCategory => self.set_place(operation, (false, touched), "category"),
            Operation::SetAttributes => {
                self.set_place(operation, (false, touched), "opening_hours")
            }
            Operation::SetAddress => self.set_place(operation, (false, touched), "addr:street"),
            Operation::AddSynonym => self.add_synonym(touched),
            Operation::Merge => self.merge(touched),
            Operation::Split => self.split(touched),
            Operation::Delete | Operation::Hide => self.remove(operation, touched),
        }
    }

    fn chance(&mut self, one_in: u64) -> bool {
        next(&mut self.seed).is_multiple_of(one_in)
    }

    fn case(
        &self,
        operation: Operation,
        target: Option<PlaceRef>,
        (before, after): (Value, Value),
    ) -> Case {
        let (source, houses, touched) = (None, Vec::new(), false);
        Case {
            operation,
            target,
            source,
            houses,
            before,
            after,
            touched,
        }
    }

    /// Whether houses of a place may be edited.
    fn is_open(&self, street: PlaceId) -> bool {
        let now = self.map.resolve(street);
        !self.reserved.contains(&street) && !now.is_some_and(|now| self.reserved.contains(&now))
    }

    fn take_house(&mut self, touched: bool) -> Option<(SourceId, House)> {
        let houses = std::mem::replace(
            &mut self.houses,
            Pool {
                touched: Vec::new(),
                others: Vec::new(),
            },
        );
        let mut pool = houses;
        let streets = |source: &SourceId| {
            let found = [self.was.house(*source), self.map.house(*source)];
            found
                .into_iter()
                .flatten()
                .map(|h| h.street)
                .collect::<Vec<_>>()
        };
        let taken = pool.take(touched, |source| {
            streets(source).iter().all(|s| self.is_open(*s))
        });
        self.houses = pool;
        let source = taken?;
        self.worked.extend(streets(&source));
        Some((source, self.was.house(source)?.clone()))
    }

    fn take_place(&mut self, (street, touched): (bool, bool)) -> Option<PlaceId> {
        let reserved = &self.reserved;
        let pool = if street {
            &mut self.streets
        } else {
            &mut self.things
        };
        let id = pool.take(touched, |id| !reserved.contains(id))?;
        Some(id)
    }

    /// A street whose houses nobody edits, for good.
    fn reserve(&mut self, touched: bool, fits: impl Fn(&PlaceId) -> bool) -> Option<PlaceId> {
        let (reserved, worked, map) = (&self.reserved, &self.worked, self.map);
        let free = |id: &PlaceId| {
            let taken = |id: &PlaceId| reserved.contains(id) || worked.contains(id);
            !taken(id) && !map.resolve(*id).is_some_and(|now| taken(&now))
        };
        let id = self.streets.take(touched, |id| free(id) && fits(id))?;
        self.reserved.insert(id);
        self.reserved.extend(self.map.resolve(id));
        Some(id)
    }

    fn set_house(&mut self, operation: Operation, touched: bool, key: &str) -> Option<Case> {
        let (source, house) = self.take_house(touched)?;
        let before = house.field(key);
        let theirs = self.map.house(source).map(|h| h.field(key));
        let own = match key {
            "housenumber" => json!(format!("{}Ж", self.number + 1000)),
            "position" => json!([house.point.lon() + 0.0004, house.point.lat()]),
            "postcode" => json!("99999"),
            _ => {
                let mut all = self
                    .was
                    .places
                    .iter()
                    .filter(|(_, p)| p.layer == Layer::Street);
                let street = all.nth(self.number % 97).map(|(id, _)| *id)?;
                if !self.is_open(street) || !self.map.places.contains_key(&street) {
                    return None;
                }
                self.worked.insert(street);
                json!(street.to_string())
            }
        };
        let after = self.choose(&before, theirs, own);
        let target = PlaceRef::house(house.street, source);
        let fields = (json!({ key: before }), json!({ key: after }));
        Some(Case {
            source: Some(source),
            ..self.case(operation, Some(target), fields)
        })
    }

    fn set_place(&mut self, operation: Operation, from: (bool, bool), key: &str) -> Option<Case> {
        let id = self.take_place(from)?;
        let place = &self.was.places[&id];
        let before = place.field(key);
        let theirs = self.map.places.get(&id).map(|p| p.field(key));
        let own = match key {
            "position" => json!([place.point.lon(), place.point.lat() + 0.0005]),
            "category" => json!("shop=laundry"),
            _ => json!(format!("Нове значення {}", self.number)),
        };
        let after = self.choose(&before, theirs, own);
        let fields = (json!({ key: before }), json!({ key: after }));
        Some(self.case(operation, Some(PlaceRef::whole(id)), fields))
    }

    /// What the map will say, as often as something else, where it will say something else than now.
    fn choose(&mut self, before: &Value, theirs: Option<Value>, own: Value) -> Value {
        let new = theirs.filter(|t| !t.is_null() && t != before);
        new.filter(|_| self.chance(2)).unwrap_or(own)
    }

    fn add_synonym(&mut self, touched: bool) -> Option<Case> {
        let street = self.chance(2);
        let id = self.take_place((street, touched))?;
        let known = &self.was.places[&id].names;
        let now = self.map.places.get(&id).map_or(&[][..], |p| &p.names);
        let mut new = now
            .iter()
            .filter(|(_, text)| known.iter().all(|(_, k)| k != text));
        let own = || format!("Синонім {}", self.number);
        let text = new.next().map_or_else(own, |(_, text)| text.clone());
        let fields = (Value::Null, json!({ "synonym": text }));
        Some(self.case(Operation::AddSynonym, Some(PlaceRef::whole(id)), fields))
    }

    fn merge(&mut self, touched: bool) -> Option<Case> {
        // What the map has made one, if anything: the same, or with another.
        let (was, map) = (self.was, self.map);
        let joined = |id: &PlaceId| !touched || map.resolve(*id) != Some(*id);
        let from = self.reserve(touched, joined);
        let from = from.or_else(|| self.reserve(touched, |_| true))?;
        let now = map
            .resolve(from)
            .filter(|now| *now != from && was.places.contains_key(now));
        let into = now.filter(|_| self.chance(2));
        let into = into.or_else(|| self.reserve(false, |_| true))?;
        let before = was.places[&from].fields();
        let fields = (before, json!({ "into": into.to_string() }));
        Some(self.case(Operation::Merge, Some(PlaceRef::whole(from)), fields))
    }

    fn split(&mut self, touched: bool) -> Option<Case> {
        let (was, map) = (self.was, self.map);
        let mut on: std::collections::BTreeMap<PlaceId, Vec<SourceId>> = Default::default();
        for source in was.houses.keys() {
            let house = was.house(*source).filter(|h| !h.interpolated);
            let now = map.houses.get(source).is_none_or(|found| found.len() == 1);
            if let Some(house) = house.filter(|_| now) {
                on.entry(house.street).or_default().push(*source);
            }
        }
        let moved = |s: &&SourceId| was.houses.get(s) != map.houses.get(s);
        let fits = |id: &PlaceId| {
            on.get(id)
                .is_some_and(|all| all.len() > 3 && (!touched || all.iter().any(|s| moved(&s))))
        };
        // The street itself may be as it was.
        let street = self
            .reserve(touched, fits)
            .or_else(|| self.reserve(false, fits))?;
        let all = &on[&street];
        let first: Vec<SourceId> = all.iter().filter(moved).copied().collect();
        let rest = all.iter().filter(|s| !moved(s)).copied();
        let mix = if self.chance(2) { 1 } else { 0 };
        let houses: Vec<SourceId> = match first.is_empty() {
            true => rest.take(2).collect(),
            false => first.into_iter().chain(rest.take(mix)).collect(),
        };
        let ids = houses
            .iter()
            .map(|s| PlaceRef::house(street, *s).to_string());
        let after = json!({ "houses": ids.collect::<Vec<_>>(), "name": format!("провулок Новий {}", self.number) });
        let target = Some(PlaceRef::whole(street));
        Some(Case {
            houses,
            ..self.case(Operation::Split, target, (Value::Null, after))
        })
    }

    fn remove(&mut self, operation: Operation, touched: bool) -> Option<Case> {
        if self.chance(2) {
            let (source, house) = self.take_house(touched)?;
            let keys = ["housenumber", "position", "postcode", "street"];
            let before = keys.map(|key| (key.to_owned(), house.field(key)));
            let before: Map<_, _> = before.into_iter().filter(|(_, v)| !v.is_null()).collect();
            let target = Some(PlaceRef::house(house.street, source));
            let case = self.case(operation, target, (before.into(), Value::Null));
            return Some(Case {
                source: Some(source),
                ..case
            });
        }
        let id = if self.chance(3) {
            self.reserve(touched, |_| true)?
        } else {
            self.take_place((false, touched))?
        };
        let fields = (self.was.places[&id].fields(), Value::Null);
        Some(self.case(operation, Some(PlaceRef::whole(id)), fields))
    }

    fn new_place(&mut self, street: bool) -> Option<&'w Place> {
        let map = self.map;
        let fits = |id: &PlaceId| {
            let place = &map.places[id];
            let layer = if street { Layer::Street } else { Layer::Poi };
            place.layer == layer && place.names.first().is_some_and(|(key, _)| key == "name")
        };
        let at = self.new_places.iter().position(fits)?;
        let id = self.new_places.swap_remove(at);
        if street {
            self.worked.insert(id);
        }
        Some(&map.places[&id])
    }

    fn somewhere(&mut self) -> LonLat {
        let skip = pick(&mut self.seed, self.was.places.len());
        let place = self.was.places.values().nth(skip).expect("places");
        LonLat::clamped(place.point.lon() + 0.0001, place.point.lat())
    }

    fn create_place(&mut self, touched: bool) -> Option<Case> {
        let new = if touched { self.new_place(false) } else { None };
        let point = new.map_or_else(|| self.somewhere(), |p| p.point);
        let own = || format!("Нова точка {}", self.number);
        let name = new.map_or_else(own, |p| p.names[0].1.clone());
        let after = json!({ "layer": "poi", "name": name, "category": "shop=laundry", "position": [point.lon(), point.lat()] });
        Some(self.case(Operation::CreatePlace, None, (Value::Null, after)))
    }

    fn create_street(&mut self, touched: bool) -> Option<Case> {
        let new = if touched { self.new_place(true) } else { None };
        let point = new.map_or_else(|| self.somewhere(), |p| p.point);
        let own = || format!("вулиця Небувала {}", self.number);
        let name = new.map_or_else(own, |p| p.names[0].1.clone());
        let at = json!([point.lon(), point.lat()]);
        let mut after = json!({ "name": name, "position": at });
        if self.chance(2) {
            after["houses"] = json!([{ "housenumber": "777", "position": at }]);
        }
        Some(self.case(Operation::CreateStreet, None, (Value::Null, after)))
    }

    fn create_houses(&mut self, touched: bool) -> Option<Case> {
        let (was, map) = (self.was, self.map);
        let open = |s: &SourceId| {
            let street = map.houses[s].first().map(|h| h.street);
            street.is_some_and(|s| was.places.contains_key(&s) && self.is_open(s))
        };
        let at = self.new_houses.iter().position(open).filter(|_| touched);
        let new = at
            .map(|at| self.new_houses.swap_remove(at))
            .and_then(|s| map.house(s));
        let house = match new {
            Some(house) => house.clone(),
            None => self.take_house(false)?.1,
        };
        self.worked.insert(house.street);
        let one =
            |number: &str| json!({ "housenumber": number, "position": house.field("position") });
        let own = one(&format!("{}", 9000 + self.number));
        let houses = match new {
            None => vec![own],
            Some(_) if self.chance(2) => vec![one(&house.number)],
            Some(_) => vec![one(&house.number), own],
        };
        let fields = (Value::Null, json!({ "houses": houses }));
        Some(self.case(
            Operation::CreateHouses,
            Some(PlaceRef::whole(house.street)),
            fields,
        ))
    }
}
