//! Zones, pins and learnt spots in the base: the same tests on SQLite and on PostgreSQL.
//!
//! 1. Nothing is overwritten: every version stays readable, every change has a journal entry with who, when and why.
//! 2. Who has not seen the present version changes nothing.
//! 3. What the feed says has changed is what has changed.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use geodata::base::{
    Author, BaseError, Pin, PinFilter, PinKind, PinTarget, Role, Spot, SpotFilter, SpotState,
    Subject, ZoneFilter,
};
use geodata::zones::{Outline, Zone, ZoneKind, ZonePoint};
use geodata::{LonLat, PlaceRef};
use tests::{NOW_MS, TestBase, on_both};

on_both!(
    a_zone_is_drawn_redrawn_and_deleted_and_everything_stays,
    who_has_not_seen_the_present_version_changes_nothing,
    zones_are_listed_by_kind_and_page_by_page,
    texts_of_injection_are_texts,
    pins_are_set_and_removed,
    spots_of_a_place_are_replaced_together,
    a_revoked_spot_is_remembered,
    the_feed_says_what_was_ruled_anew,
);

fn square(west_e7: i32) -> Outline {
    let at = |x: i32, y: i32| LonLat::from_e7(west_e7 + x, 500_000_000 + y).unwrap();
    let corners = [(0, 0), (10_000, 0), (10_000, 10_000), (0, 10_000), (0, 0)];
    Outline {
        polygons: vec![vec![corners.map(|(x, y)| at(x, y)).to_vec()]],
    }
}

fn zone(kind: ZoneKind, name: &str) -> Zone {
    Zone {
        kind,
        names: [("uk".to_owned(), name.to_owned())].into(),
        outline: square(300_000_000),
        points: vec![ZonePoint {
            name: "Вихід 3, ряд B".to_owned(),
            point: LonLat::from_e7(300_005_000, 500_005_000).unwrap(),
        }],
        hours: Some("Mo-Fr 06:00-23:00".to_owned()),
        capacity: Some(12),
    }
}

async fn draw(test: &TestBase, zone: &Zone, by: Author<'_>) -> i64 {
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let id = write.add_zone(zone, by).await.unwrap();
    write.commit().await.unwrap();
    id
}

async fn a_zone_is_drawn_redrawn_and_deleted_and_everything_stays(test: &TestBase) {
    let who = test.token("ann", Role::Operator).await;
    let by = |why| Author { who, why };
    let first = zone(ZoneKind::Mandatory, "Вокзал");
    let id = draw(test, &first, by("built")).await;
    let second = Zone {
        outline: square(310_000_000),
        points: Vec::new(),
        hours: None,
        capacity: None,
        ..zone(ZoneKind::Preferred, "Вокзал «Центральний»")
    };
    let mut write = test.base.write(NOW_MS + 1).await.unwrap();
    assert_eq!(
        write
            .change_zone((id, 1), &second, by("moved"))
            .await
            .unwrap(),
        2
    );
    write.commit().await.unwrap();
    let stored = test.base.zone(id).await.unwrap();
    assert_eq!((&stored.zone, stored.version), (&second, 2));
    assert_eq!((stored.author, stored.at_ms), (who, NOW_MS + 1));
    assert_eq!(test.base.zone_version(id, 1).await.unwrap().zone, first);
    let mut write = test.base.write(NOW_MS + 2).await.unwrap();
    write
        .delete_zone((id, Some(2)), by("closed"))
        .await
        .unwrap();
    write.commit().await.unwrap();
    assert!(matches!(
        test.base.zone(id).await,
        Err(BaseError::NotFound { .. })
    ));
    assert_eq!(test.base.zone_version(id, 2).await.unwrap().zone, second);
    let journal = test.base.journal(Subject::Zone(id)).await.unwrap();
    let told: Vec<_> = journal
        .iter()
        .map(|e| (e.to.as_str(), e.why.as_str(), e.who, e.at_ms - NOW_MS))
        .collect();
    assert_eq!(
        told,
        [
            ("drawn", "built", Some(who), 0),
            ("drawn", "moved", Some(who), 1),
            ("deleted", "closed", Some(who), 2),
        ]
    );
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let again = write.delete_zone((id, None), by("")).await;
    assert!(matches!(again, Err(BaseError::NotFound { .. })));
}

async fn who_has_not_seen_the_present_version_changes_nothing(test: &TestBase) {
    let who = test.token("ann", Role::Operator).await;
    let by = Author { who, why: "" };
    let zone = zone(ZoneKind::Mandatory, "Вокзал");
    let id = draw(test, &zone, by).await;
    let last = test.base.last_change().await.unwrap();
    for seen in [0, 2] {
        let mut write = test.base.write(NOW_MS).await.unwrap();
        let changed = write.change_zone((id, seen), &zone, by).await;
        let Err(BaseError::Conflict { present, .. }) = changed else {
            panic!("{changed:?}");
        };
        assert_eq!(present, "version 1");
        let deleted = write.delete_zone((id, Some(seen)), by).await;
        assert!(matches!(deleted, Err(BaseError::Conflict { .. })));
        write.roll_back().await;
    }
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let nobody = Author { who: 99, why: "" };
    let unknown = write.add_zone(&zone, nobody).await;
    assert!(matches!(unknown, Err(BaseError::NotFound { .. })));
    write.roll_back().await;
    assert_eq!(test.base.last_change().await.unwrap(), last);
}

async fn zones_are_listed_by_kind_and_page_by_page(test: &TestBase) {
    let who = test.token("ann", Role::Operator).await;
    let by = Author { who, why: "" };
    let mut ids = Vec::new();
    for n in 0..5 {
        let kind = if n % 2 == 0 {
            ZoneKind::Service
        } else {
            ZoneKind::Forbidden
        };
        ids.push(draw(test, &zone(kind, &format!("зона {n}")), by).await);
    }
    let list = async |kind, after, limit| {
        let found = test.base.zones(ZoneFilter { kind, after }, limit).await;
        found.unwrap().iter().map(|z| z.id).collect::<Vec<i64>>()
    };
    assert_eq!(list(None, None, 10).await, ids);
    assert_eq!(list(None, Some(ids[1]), 2).await, ids[2..4]);
    assert_eq!(
        list(Some(ZoneKind::Service), None, 10).await,
        [ids[0], ids[2], ids[4]]
    );
    assert_eq!(
        list(Some(ZoneKind::Service), Some(ids[0]), 1).await,
        [ids[2]]
    );
    assert!(list(Some(ZoneKind::Mandatory), None, 10).await.is_empty());
}

async fn texts_of_injection_are_texts(test: &TestBase) {
    let who = test.token("ann", Role::Operator).await;
    let evil = "'); DROP TABLE zones; -- \" ' \\ $1 {c} %s ';";
    let mut drawn = zone(ZoneKind::Mandatory, evil);
    drawn.points[0].name = evil.to_owned();
    drawn.hours = Some(evil.to_owned());
    let id = draw(test, &drawn, Author { who, why: evil }).await;
    assert_eq!(test.base.zone(id).await.unwrap().zone, drawn);
    let journal = test.base.journal(Subject::Zone(id)).await.unwrap();
    assert_eq!(journal[0].why, evil);
    let pin = Pin {
        kind: PinKind::Ban,
        target: PinTarget::Everybody,
        point: LonLat::clamped(30.0, 50.0),
        name: evil.to_owned(),
        reason: evil.to_owned(),
    };
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let id = write.add_pin(&pin, who).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(test.base.pin(id).await.unwrap().pin, pin);
    let zero = Pin {
        name: "zero \0".to_owned(),
        ..pin
    };
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let refused = write.add_pin(&zero, who).await;
    assert!(matches!(refused, Err(BaseError::Invalid(_))));
}

fn place(text: &str) -> PlaceRef {
    text.parse().unwrap()
}

const HOUSE: &str = "e146f4nhr8xnt1tejw";
const OTHER: &str = "p7309q95cg9j";

async fn pins_are_set_and_removed(test: &TestBase) {
    let who = test.token("olena", Role::Cartographer).await;
    let pin = |kind, target| Pin {
        kind,
        target,
        point: LonLat::clamped(30.001, 50.002),
        name: "біля шлагбаума".to_owned(),
        reason: "the gate is shut".to_owned(),
    };
    let pins = [
        pin(PinKind::Pin, PinTarget::Place(place(HOUSE))),
        pin(PinKind::Ban, PinTarget::Point(LonLat::clamped(-0.5, -50.0))),
        pin(PinKind::Ban, PinTarget::Everybody),
    ];
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let mut ids = Vec::new();
    for pin in &pins {
        ids.push(write.add_pin(pin, who).await.unwrap());
    }
    write.commit().await.unwrap();
    let all = test.base.pins(PinFilter::default(), 10).await.unwrap();
    let found: Vec<Pin> = all.into_iter().map(|p| p.pin).collect();
    assert_eq!(found, pins);
    let of_house = PinFilter {
        place: Some(place(HOUSE)),
        after: None,
    };
    assert_eq!(test.base.pins(of_house, 10).await.unwrap().len(), 1);
    let by = Author {
        who,
        why: "the gate is open",
    };
    let mut write = test.base.write(NOW_MS + 5).await.unwrap();
    write.remove_pin(ids[0], by).await.unwrap();
    assert!(matches!(
        write.remove_pin(ids[0], by).await,
        Err(BaseError::NotFound { .. })
    ));
    write.commit().await.unwrap();
    assert!(test.base.pins(of_house, 10).await.unwrap().is_empty());
    assert!(test.base.pin(ids[0]).await.is_err());
    let journal = test.base.journal(Subject::Pin(ids[0])).await.unwrap();
    let told: Vec<_> = journal
        .iter()
        .map(|e| (e.to.as_str(), e.why.as_str()))
        .collect();
    assert_eq!(
        told,
        [("set", "the gate is shut"), ("removed", "the gate is open")]
    );
}

fn spot(lon: f64, share: u16) -> Spot {
    Spot {
        point: LonLat::clamped(lon, 50.0),
        riders: 7,
        pickups: 9,
        share_permille: share,
        newest_ms: NOW_MS - 1,
    }
}

async fn replace(test: &TestBase, of: &str, spots: &[Spot]) -> bool {
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let changed = write.replace_spots(place(of), spots).await.unwrap();
    write.commit().await.unwrap();
    changed
}

async fn spots_of_a_place_are_replaced_together(test: &TestBase) {
    let in_force = async |of: &str| {
        let filter = SpotFilter {
            place: Some(place(of)),
            after: None,
        };
        let found = test.base.spots(filter, 10).await.unwrap();
        found
            .into_iter()
            .map(|s| (s.id, s.spot))
            .collect::<Vec<_>>()
    };
    let (one, two) = (spot(30.0, 700), spot(30.001, 200));
    assert!(replace(test, HOUSE, &[one, two]).await);
    assert!(replace(test, OTHER, &[two]).await);
    let before = in_force(HOUSE).await;
    assert_eq!(before.iter().map(|s| s.1).collect::<Vec<_>>(), [one, two]);
    let last = test.base.last_change().await.unwrap();
    assert!(!replace(test, HOUSE, &[one, two]).await, "the same again");
    assert_eq!(test.base.last_change().await.unwrap(), last);
    assert!(replace(test, HOUSE, &[two]).await);
    let after = in_force(HOUSE).await;
    assert_eq!(after.len(), 1);
    assert!(before.iter().all(|(id, _)| *id != after[0].0));
    let journal = test.base.journal(Subject::Spot(before[0].0)).await.unwrap();
    assert_eq!(journal[1].to, SpotState::Replaced.as_str());
    assert!(replace(test, HOUSE, &[]).await);
    assert!(in_force(HOUSE).await.is_empty());
    assert_eq!(in_force(OTHER).await.len(), 1);
}

async fn a_revoked_spot_is_remembered(test: &TestBase) {
    let who = test.token("olena", Role::Cartographer).await;
    let by = Author {
        who,
        why: "a bus stop",
    };
    replace(test, HOUSE, &[spot(30.0, 700)]).await;
    let id = test.base.spots(SpotFilter::default(), 10).await.unwrap()[0].id;
    let mut write = test.base.write(NOW_MS).await.unwrap();
    write.revoke_spot(id, by).await.unwrap();
    assert!(matches!(
        write.revoke_spot(id, by).await,
        Err(BaseError::NotFound { .. })
    ));
    let revoked = write
        .spots_of(place(HOUSE), SpotState::Revoked)
        .await
        .unwrap();
    assert_eq!(revoked.len(), 1);
    assert_eq!(revoked[0].spot, spot(30.0, 700));
    write.commit().await.unwrap();
    assert!(test.base.spot(id).await.is_err());
    let journal = test.base.journal(Subject::Spot(id)).await.unwrap();
    assert_eq!(
        (journal[1].who, journal[1].why.as_str()),
        (Some(who), "a bus stop")
    );
}

async fn the_feed_says_what_was_ruled_anew(test: &TestBase) {
    let who = test.token("ann", Role::Operator).await;
    let by = Author { who, why: "" };
    let start = test.base.last_change().await.unwrap();
    let zone_id = draw(test, &zone(ZoneKind::Service, "місто"), by).await;
    let between = test.base.last_change().await.unwrap();
    replace(test, HOUSE, &[spot(30.0, 900), spot(30.01, 100)]).await;
    let end = test.base.last_change().await.unwrap();
    let ruled = async |range, limit| test.base.ruled_anew(range, limit).await.unwrap();
    assert_eq!(
        ruled((start, between), 10).await,
        Some(vec![Subject::Zone(zone_id)])
    );
    let spots = ruled((between, end), 10).await.unwrap();
    assert_eq!(
        spots,
        [Subject::Spot(between + 1), Subject::Spot(between + 2)]
    );
    assert_eq!(ruled((start, end), 2).await, None, "too many to tell");
    assert_eq!(ruled((end, end), 10).await, Some(Vec::new()));
}
