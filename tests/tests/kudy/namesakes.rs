//! Places that share their names, or what sounds like them: the one that is meant comes first.

use std::sync::LazyLock;
use tests::{MapFixture, TestApp, plan};

/// The rider's city in the west; 14 km to the east of it a village; after 300 km a city with a corner in its name, a small
/// town and another village.
fn grid() -> String {
    let (near, far) = (" ".repeat(14), " ".repeat(400));
    format!("abcdefghi{near}VW{far}ABC\n\njklmnopqr{near}XY{far}DEF\n\nstuvwxyz0{near}  {far}GHI\n")
}

const OBJECTS: &str = "
n100 e place=city | name=Дубове | population=90000
n101 A place=city | name=Кривий Ріг | population=600000
n102 D place=town | name=Садовий | population=5000
n103 G place=village | name=Кривий
n104 V place=village | name=Яблунівка
w1 a-b highway=residential | name=вулиця Літня
w2 n-o highway=residential | name=Садовий провулок
w3 e-f highway=residential | name=Обʼїзна вулиця
w4 g-h highway=residential | name=Тиха вулиця
w5 j-k highway=residential | name=проспект Заводський
w6 l-m highway=residential | name=Оскільська вулиця
w7 B-C highway=residential | name=вулиця Літня
w8 s-t highway=residential | name=вулиця Леоніда Глібова
w9 X-Y highway=residential | name=вулиця Леоніда Глібова | name:ru=улица Леонида Глебова
w10 u-v highway=residential | name=4-й Садовий провулок | name:en=4th Sadovyi Lane
w11 y-z highway=residential | name=Транспортний провулок
w12 V-W highway=residential | name=Набережна вулиця
w13 p-q highway=residential | name=вулиця Героїв Майдану
w15 j-s highway=residential | name=вулиця 1 Травня
w16 s-u highway=residential | name=вулиця 9 Травня
w17 b-l highway=residential | name=Набережна вулиця
w18 k-l-m highway=residential | name=3-тя Лугова вулиця
n6 j addr:housenumber=9 | addr:street=вулиця 1 Травня
n7 s addr:housenumber=1 | addr:street=вулиця 9 Травня
w19 o-x highway=residential | name=Джерельна вулиця
w20 x-0 highway=residential | name=2-га Джерельна вулиця
n8 V addr:housenumber=9а | addr:street=Набережна вулиця
n9 o addr:housenumber=2 | addr:street=Джерельна вулиця
n23 e amenity=pharmacy | name=АНЦ | brand=АНЦ
n24 a amenity=pharmacy | name=Аптека Доброго Дня | brand=Аптека Доброго Дня
n25 e shop=convenience | name=Колос
n26 a shop=convenience | name=Коло | brand=Коло
n105 I place=village | name=Воютичі
w21 c-l highway=residential | name=3-тя Набережна вулиця
w22 d-n highway=residential | name=проїзд 1 Травня
w23 f-o highway=residential | name=вулиця Героїв
n27 c addr:housenumber=4;6 | addr:street=3-тя Набережна вулиця
n28 d addr:housenumber=5 | addr:street=проїзд 1 Травня
n29 n addr:housenumber=22 | addr:street=вулиця Героїв
n30 p addr:housenumber=22 | addr:street=вулиця Героїв Майдану
w14 H-I highway=residential | name=провулок Героїв Майдану
n4 y addr:housenumber=4 | addr:street=Транспортний провулок
n5 V addr:housenumber=14 | addr:street=Набережна вулиця
n1 a addr:housenumber=10 | addr:street=вулиця Літня
n2 B addr:housenumber=10 | addr:street=вулиця Літня
n3 e addr:housenumber=1 корп. 2 | addr:street=Обʼїзна вулиця
n10 n amenity=post_office | name=Нова Пошта №1 | brand=Нова Пошта
n11 o amenity=post_office | name=Нова Пошта №2 | brand=Нова Пошта
n12 p amenity=post_office | name=Meest №3 | brand=Meest
n13 q amenity=post_office | name=Meest №4 | brand=Meest
n14 r amenity=post_office | name=Meest №5 | brand=Meest
n15 i amenity=post_office | name=Укрпошта | brand=Укрпошта
n17 v amenity=bus_station | name=Автостанція
n18 w aeroway=aerodrome | name=Міжнародний аеропорт «Дубове»
n19 w aeroway=terminal | name=Термінал A
n20 x aeroway=terminal | name=Термінал B
n21 q railway=station | name=Дубове
n22 k place=suburb | name=Хутір
n16 s amenity=cafe | name=Lviv Croissants | brand=Lviv Croissants
n106 F place=village | name=Ясинувата | population=900
w24 m-n highway=residential | name=провулок Ясний
w25 b-k highway=residential | name=вулиця 24 Серпня
n31 b addr:housenumber=4 | addr:street=вулиця 24 Серпня
";

static APP: LazyLock<TestApp> = LazyLock::new(|| {
    let map = MapFixture::draw_scaled((30.0, 50.0), (0.01, 0.005), &grid(), OBJECTS);
    TestApp::from_plan(|data| {
        let mut plan = plan(data, vec![map.path()]);
        plan.country = Some("ua".to_owned());
        plan
    })
});

/// What comes first for a rider in the middle of the city in the west, as `label match`.
#[track_caller]
fn check(query: &str, expect: &str) {
    let reply = APP.autocomplete(query, Some((30.041, 49.989)));
    let got = format!("{} {}", reply.first("label"), reply.first("match"));
    assert!(
        got.starts_with(expect),
        "«{query}»: expected {expect}, got {got}"
    );
}

#[test]
fn a_word_for_a_corner_may_end_a_name() {
    check("кривий ріг", "Кривий Ріг");
    check(
        "вулиця Літня 10, Кривий Ріг",
        "вулиця Літня 10, Кривий Ріг exact",
    );
    check(
        "Кривий Ріг вулиця Літня 10",
        "вулиця Літня 10, Кривий Ріг exact",
    );
    check("Літня 10", "вулиця Літня 10, Дубове exact");
}

#[test]
fn an_ordinal_of_two_words_is_the_number_on_the_map() {
    check("двадцять четвертого Серпня", "вулиця 24 Серпня, Дубове");
    check(
        "вул двадцять четвертого серпня 4",
        "вулиця 24 Серпня 4, Дубове exact",
    );
    check("двадцать четвертого серп", "вулиця 24 Серпня, Дубове");
}

#[test]
fn a_slip_in_a_street_around_the_corner_comes_before_the_beginning_of_a_village_far_away() {
    check("Ясий", "провулок Ясний, Дубове");
    check("Ясинув", "Ясинувата");
}

#[test]
fn a_street_around_the_corner_is_meant_without_the_house_that_it_lacks() {
    check("Садовий 300", "Садовий провулок, Дубове street_only");
    check("Літня 10", "вулиця Літня 10, Дубове exact");
}

#[test]
fn the_street_around_the_corner_comes_before_a_small_town_far_away() {
    check("садовий", "Садовий провулок, Дубове");
    check("м. садовий", "Садовий");
}

#[test]
fn a_street_in_the_next_village_does_not_hide_the_one_around_the_corner() {
    let reply = APP.autocomplete("улица Леонида Глебова", Some((30.041, 49.989)));
    let labels = reply.all("label");
    let own = "вулиця Леоніда Глібова, Дубове";
    assert!(labels.iter().any(|l| l == own), "{labels:?}");
}

#[test]
fn a_station_or_a_terminal_comes_before_the_town_and_the_airport() {
    check("автостанція дубове", "Автостанція, Дубове");
    check("термінал a", "Термінал A, Дубове");
    check("Термінал A Дубове", "Термінал A, Дубове");
    check("дубове термінал b", "Термінал B, Дубове");
    check("аеропорт дубове", "Міжнародний аеропорт «Дубове»");
    let reply = APP.autocomplete("станція Дубове", Some((30.041, 49.989)));
    assert_eq!(reply.first("layer"), "station");
    assert_eq!(APP.autocomplete("м. Дубове", None).first("layer"), "city");
}

#[test]
fn a_street_may_be_called_like_a_kind_of_street() {
    check(
        "Набережна 14 Яблунівка",
        "Набережна вулиця 14, Яблунівка exact",
    );
    check(
        "Яблунівка, Набережна 14",
        "Набережна вулиця 14, Яблунівка exact",
    );
    check(
        "набережна провулок 14",
        "Набережна вулиця 14, Яблунівка exact",
    );
    check(
        "Набережна 9а, с. Яблунівка",
        "Набережна вулиця 9а, Яблунівка exact",
    );
    check(
        "3-тя Набережна вулиця, 4;6, Дубове",
        "3-тя Набережна вулиця 4;6, Дубове exact",
    );
    check(
        "Героїв Майдану 22",
        "вулиця Героїв Майдану 22, Дубове exact",
    );
    check("пр-д 1 Травня 5", "проїзд 1 Травня 5, Дубове exact");
    check("провулок Героїв Майдану", "вулиця Героїв Майдану, Дубове");
}

#[test]
fn of_two_numbers_around_a_word_the_second_is_the_house() {
    check("9 Травня 1", "вулиця 9 Травня 1, Дубове exact");
    check("вулиця 1 Травня 9", "вулиця 1 Травня 9, Дубове exact");
    check("2-га Джерельна", "2-га Джерельна вулиця, Дубове");
}

#[test]
fn streets_cross_that_are_called_like_kinds_of_streets_or_begin_with_a_number() {
    check(
        "Набережна та Лугова",
        "Набережна вулиця / 3-тя Лугова вулиця",
    );
    check("1 Травня / 9 Травня", "вулиця 1 Травня / вулиця 9 Травня");
    check(
        "Набережна / 3-тя Лугова",
        "Набережна вулиця / 3-тя Лугова вулиця",
    );
}

#[test]
fn an_english_ordinal_is_no_initial() {
    check(
        "Транспортнмй провулок 4",
        "Транспортний провулок 4, Дубове exact",
    );
}

#[test]
fn a_part_of_a_town_may_be_called_like_a_kind_of_place() {
    for query in ["Хутір Дубове", "дубове, хутір"] {
        let labels = APP.autocomplete(query, Some((30.041, 49.989))).all("label");
        let found = labels.iter().any(|l| l == "Хутір, Дубове");
        assert!(found, "{query}: {labels:?}");
    }
}

#[test]
fn a_brand_comes_before_others_of_its_kind_by_any_of_its_names() {
    check("укрпошта", "Укрпошта");
    check("львівські круасани", "Lviv Croissants");
    check("аптека доброго дня", "Аптека Доброго Дня");
    check("магазин коло", "Коло,");
}

#[test]
fn a_name_that_is_a_status_word_has_houses_in_several_buildings() {
    check(
        "Обʼїзна 1 корп. 2",
        "Обʼїзна вулиця 1 корп. 2, Дубове exact",
    );
    check("обїзна 1к2", "Обʼїзна вулиця 1 корп. 2, Дубове exact");
}

#[test]
fn a_slip_is_no_other_keyboard_and_no_missing_space() {
    check("тхиа", "Тиха вулиця");
    check("проспект Завоський", "проспект Заводський");
    check("Садвоий", "Садовий провулок");
}

/// Three hundred cafés of one name, some 350 m apart, and a city that begins like them 30 km to the north.
#[test]
fn of_hundreds_of_one_name_the_nearest_comes_first_and_a_city_is_not_lost_among_them() {
    let letters: Vec<char> = ('一'..).take(300).collect();
    let rows = letters.chunks(20).map(String::from_iter);
    let rows = rows.collect::<Vec<String>>().join("\n");
    let grid = format!("A{}{rows}", "\n".repeat(60));
    let cafes = letters.iter().enumerate();
    let cafes = cafes.map(|(n, at)| format!("n{} {at} amenity=cafe | name=Соната\n", n + 2));
    let cafes: String = cafes.collect();
    let objects = format!("n1 A place=city | name=Сонатинськ | population=900000\n{cafes}");
    let map = MapFixture::draw_scaled((30.0, 50.3), (0.005, 0.005), &grid, &objects);
    let app = TestApp::from_plan(|data| plan(data, vec![map.path()]));
    for at in letters.iter().step_by(7) {
        let (lon, lat) = map.at(*at);
        let reply = app.autocomplete("сонат", Some((lon + 0.001, lat - 0.001)));
        let nearest = &reply.features()[0];
        let point = &nearest["geometry"]["coordinates"];
        let off = |axis: usize, of: f64| (point[axis].as_f64().unwrap() - of).abs();
        assert!(off(0, lon) < 1e-6 && off(1, lat) < 1e-6, "{at}: {nearest}");
        let layers = reply.all("layer");
        assert!(layers.iter().any(|l| l == "city"), "{at}: {layers:?}");
    }
}
