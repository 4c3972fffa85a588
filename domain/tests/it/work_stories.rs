//! Work as a warehouse worker lives it: what is scanned, what the station answers. `?` asks what to do now; undo numbers count scans from 1.

use qitao_domain::barcode::Meaning;
use qitao_domain::event::Effect;
use qitao_domain::ids::ItemId;
use qitao_domain::quantity::Quantity;
use qitao_domain::work::TaskKind::{Count, Pick, PutAway};

use crate::work_world::{SUPPLIER, World, site, task};

fn world(tasks: &[(i64, qitao_domain::work::TaskKind, &[&str])]) -> World {
    let site = site();
    World::new(tasks.iter().map(|(id, kind, lines)| task(&site, *id, *kind, lines)).collect())
}

#[test]
fn nobody_works_without_a_badge() {
    world(&[(7, Pick, &["LAMP x1 @A-1"])]).play(
        "? → badge
         A-1 → who?
         QT-TASK-PK-7 → who?
         QT-UNDO → who?
         QT-OP-NOBODY → UnknownOperator
         QT-OP-LI → hello 李雷
         ? → task
         QT-OP-LI → hello 李雷
         QT-OP-HAN → hello 韩梅
         QT-OUT → bye
         QT-OUT → who?",
    );
}

#[test]
fn an_arrival_is_put_away_in_any_order_and_the_note_closes_only_when_all_is_there() {
    let mut world = world(&[(1, PutAway, &["WARDROBE/1 x1 @A-1", "WARDROBE/2 x1 @A-1", "WARDROBE/3 x1 @A-1", "LAMP x24 @B-1"])]);
    world.play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PA-1 → task 1
         ? → go A-1 WARDROBE/1 1
         A-1 → at A-1
         ? → scan WARDROBE/1 @A-1 1
         WARDROBE/2-3 → put WARDROBE/2 x1 @A-1 left 0
         WARDROBE/2-3 → wrong carton WARDROBE/2, needed [1, 3]
         6900000000007 → which of 3 cartons of WARDROBE?
         CHAIR/1-1/K7 → wrong item CHAIR
         QT-OK → missing WARDROBE/1 x1, WARDROBE/3 x1, LAMP/1 x24
         WARDROBE/1-3 → put WARDROBE/1 x1 @A-1 left 0
         WARDROBE/3-3 → put WARDROBE/3 x1 @A-1 left 0
         WARDROBE/3-3 → too many WARDROBE/3, asked 1 done 1
         ? → go B-1 LAMP/1 24
         16901234567899 → put LAMP/1 x12 @A-1 not B-1 left 12
         QT-L-B-1 → at B-1
         QT-QTY-2 → next counts 2
         16901234567899 → too many LAMP/1, asked 24 done 12
         16901234567899 → put LAMP/1 x12 @B-1 left 0
         ? → ok?
         QT-OK → task 1 complete
         ? → task
         QT-TASK-PA-1 → task 1 is already finished
         QT-UNDO → not now",
    );
    assert_eq!(
        (world.on_hand("A-1", "LAMP"), world.on_hand("B-1", "LAMP"), world.on_hand("SUPPLIER", "LAMP")),
        ("12".into(), "12".into(), "-24".into())
    );
}

#[test]
fn a_carton_that_did_not_arrive_is_declared_short_and_the_note_closes_incomplete() {
    world(&[(1, PutAway, &["WARDROBE/1 x1", "WARDROBE/2 x1"])]).play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PA-1 → task 1
         A-1 → at A-1
         WARDROBE/1-3 → put WARDROBE/1 x1 @A-1 left 0
         QT-SHORT → short WARDROBE/2 x1
         QT-UNDO → undone 5
         ? → scan WARDROBE/2 @A-1 1
         QT-SHORT → short WARDROBE/2 x1
         ? → ok?
         QT-OK → task 1 finished without WARDROBE/2 x1",
    );
}

#[test]
fn goods_may_come_before_their_shelf() {
    let mut world = world(&[(1, PutAway, &["WARDROBE/1 x2 @A-1", "LAMP x3 @B-1"])]);
    world.play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PA-1 → task 1
         WARDROBE/1-3 → held WARDROBE/1 x1 for A-1
         ? → go A-1 WARDROBE/1 1
         WARDROBE/1-3 → held WARDROBE/1 x2 for A-1
         WARDROBE/1-3 → too many WARDROBE/1, asked 2 done 0
         LAMP → where?
         QT-OK → where?
         QT-OUT → where?
         QT-OP-HAN → where?
         SUPPLIER → SUPPLIER is only in the books
         A-1 → put WARDROBE/1 x2 @A-1 left 0
         // The shelf is left again: the next goods are for the next shelf.
         LAMP → held LAMP/1 x1 for B-1
         QT-UNDO → undone 12
         QT-QTY-3 → next counts 3
         LAMP → held LAMP/1 x3 for B-1
         A-2 → put LAMP/1 x3 @A-2 not B-1 left 0
         QT-UNDO → undone 16
         QT-UNDO → undone 11
         QT-UNDO → nothing to undo",
    );
    assert_eq!(world.books.iter().count(), 0);
}

#[test]
fn goods_are_put_away_freely_without_a_task() {
    let mut world = world(&[]);
    world.play(
        "QT-OP-LI → hello 李雷
         QT-OK → which task?
         A-2 → at A-2
         ? → scan - @A-2 0
         LAMP → put LAMP/1 x1 @A-2 left 0
         QT-QTY-5 → next counts 5
         16901234567899 → put LAMP/1 x60 @A-2 left 0
         6900000000014 → SET is a kit
         CLOTH → which lot of CLOTH?
         QT-QTY-2.5 → next counts 2.5
         CLOTH/1-1/K7 → put CLOTH/1/K7 x2.5 @A-2 left 0
         QT-CLOSE → skipped
         LAMP → held LAMP/1 x1
         B-1 → put LAMP/1 x1 @B-1 left 0
         VARIANCE → VARIANCE is only in the books
         NO-SUCH-THING → unknown NO-SUCH-THING",
    );
    assert_eq!(world.on_hand("A-2", "LAMP"), "61");
    assert_eq!(world.facts.last().unwrap().effects, [Effect::UnknownBarcode { text: "NO-SUCH-THING".into() }]);
    let booked = &world.facts[3].effects;
    assert!(matches!(&booked[..], [Effect::Moved { from: SUPPLIER, quantity, line: None, .. }] if *quantity == Quantity::ONE));
}

#[test]
fn a_quantity_is_for_the_next_goods_and_can_be_taken_back() {
    world(&[]).play(
        "QT-OP-LI → hello 李雷
         A-1 → at A-1
         QT-QTY-3 → next counts 3
         QT-UNDO → next counts 1
         LAMP → put LAMP/1 x1 @A-1 left 0
         QT-QTY-3 → next counts 3
         // The same goods are asked for again: the quantity still stands for them.
         CLOTH → which lot of CLOTH?
         CLOTH/1-1/K7 → put CLOTH/1/K7 x3 @A-1 left 0
         CLOTH/1-1/K7 → put CLOTH/1/K7 x1 @A-1 left 0
         QT-QTY-0.5 → next counts 0.5
         WARDROBE/1-3 → bad: cartons are whole
         QT-QTY-0.0005 → bad: quantity: at most 3 decimal places
         QT-QTY-100000 → next counts 100000
         16901234567899 → bad: quantity is at most 1000000",
    );
}

#[test]
fn a_count_is_blind_and_believes_what_is_seen() {
    let mut world = world(&[(1, Count, &["@A-1", "@A-2"])]);
    world.play(
        "QT-OP-LI → hello 李雷
         QT-TASK-CT-1 → task 1
         ? → go A-1 - 0
         LAMP → where?
         B-1 → wrong place B-1, expected A-1
         A-1 → at A-1
         ? → scan - @A-1 0
         LAMP → saw LAMP/1 x1 @A-1 total 1
         QT-QTY-12 → next counts 12
         LAMP → saw LAMP/1 x12 @A-1 total 13
         WARDROBE/3-3 → saw WARDROBE/3 x1 @A-1 total 1
         QT-UNDO → undone 9
         QT-UNDO → undone 8
         LAMP → saw LAMP/1 x1 @A-1 total 2
         QT-SHORT → not now
         QT-NEXT → skipped
         ? → go A-2 - 0
         A-1 → at A-1
         QT-OK → counted A-1
         QT-UNDO → not now
         A-1 → wrong place A-1, expected A-2
         QT-OK → where?
         A-2 → at A-2
         // An empty place is counted, too.
         QT-OK → counted A-2
         ? → ok?
         A-1 → not now
         QT-OK → task 1 complete",
    );
    let starts = |e: &&Effect| matches!(e, Effect::CountStarted { .. });
    assert_eq!(world.facts.iter().flat_map(|fact| &fact.effects).filter(starts).count(), 2);
    assert_eq!(world.books.iter().count(), 0, "a count books nothing before the hub has compared");
}

#[test]
fn two_people_count_one_place_and_their_counts_add_up() {
    world(&[(1, Count, &["@A-1"])]).play(
        "QT-OP-LI → hello 李雷
         QT-TASK-CT-1 → task 1
         A-1 → at A-1
         LAMP → saw LAMP/1 x1 @A-1 total 1
         1: QT-OP-HAN → hello 韩梅
         1: QT-TASK-ct-1 → task 1
         1: A-1 → at A-1
         1: LAMP → saw LAMP/1 x1 @A-1 total 2
         1: QT-OK → counted A-1
         QT-UNDO → not now
         LAMP → not now
         1: QT-OK → task 1 complete
         A-1 → task 1 is already finished
         ? → task",
    );
}

#[test]
fn a_pick_leads_along_the_lines_and_refuses_what_is_wrong() {
    let mut world = world(&[(1, Pick, &["WARDROBE/1 x1 @A-1 #1", "WARDROBE/2 x1 @A-1 #1", "WARDROBE/3 x1 @A-2 #1", "LAMP x12 @B-1"])]);
    world.play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PK-1 → task 1
         ? → go A-1 WARDROBE/1 1
         WARDROBE/1-3 → where?
         STAGE → wrong place STAGE, expected A-1
         A-1 → at A-1
         LAMP → wrong place A-1, expected B-1
         CHAIR/1-1/K7 → wrong item CHAIR
         WARDROBE/1-3 → picked WARDROBE/1 x1 @A-1 left 0
         WARDROBE/1-3 → wrong carton WARDROBE/1, needed [2, 3]
         ? → scan WARDROBE/2 @A-1 1
         WARDROBE/3-3 → wrong place A-1, expected A-2
         QT-OK → missing WARDROBE/2 x1, WARDROBE/3 x1, LAMP/1 x12
         WARDROBE/2-3 → picked WARDROBE/2 x1 @A-1 left 0
         ? → go A-2 WARDROBE/3 1
         A-1 → wrong place A-1, expected A-2
         // Another place of the task may be worked at first.
         B-1 → at B-1
         6901234567892 → picked LAMP/1 x1 @B-1 left 11
         16901234567899 → too many LAMP/1, asked 12 done 1
         QT-UNDO → undone 15
         16901234567899 → picked LAMP/1 x12 @B-1 left 0
         A-2 → at A-2
         WARDROBE/3-3 → picked WARDROBE/3 x1, set 1 complete
         ? → ok?
         QT-OK → task 1 complete",
    );
    assert_eq!((world.on_hand("STAGE", "WARDROBE/3"), world.on_hand("A-2", "WARDROBE/3")), ("1".into(), "-1".into()));
}

#[test]
fn a_set_with_a_missing_carton_is_finished_only_as_incomplete() {
    world(&[(1, Pick, &["WARDROBE/1 x1 @A-1 #1", "WARDROBE/2 x1 @A-2 #1"])]).play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PK-1 → task 1
         // Who says that it is missing stands where it should be.
         QT-SHORT → where?
         A-1 → at A-1
         WARDROBE/1-3 → picked WARDROBE/1 x1 @A-1 left 0
         A-2 → at A-2
         QT-OK → missing WARDROBE/2 x1
         QT-SHORT → short WARDROBE/2 x1
         QT-SHORT → not now
         WARDROBE/2-3 → too many WARDROBE/2, asked 0 done 0
         // Found after all.
         QT-UNDO → undone 8
         WARDROBE/2-3 → picked WARDROBE/2 x1, set 1 complete
         QT-UNDO → undone 12
         QT-SHORT → short WARDROBE/2 x1
         QT-OK → task 1 finished without WARDROBE/2 x1",
    );
}

#[test]
fn next_goes_round_the_open_lines() {
    world(&[(1, Pick, &["LAMP x1 @A-1", "CHAIR x1 @A-2", "WARDROBE/1 x1 @A-2"])]).play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PK-1 → task 1
         QT-NEXT → skipped
         ? → go A-2 CHAIR/1 1
         A-2 → at A-2
         QT-NEXT → skipped
         ? → scan WARDROBE/1 @A-2 1
         WARDROBE/1-3 → picked WARDROBE/1 x1 @A-2 left 0
         ? → scan CHAIR/1 @A-2 1
         QT-NEXT → skipped
         ? → go A-1 LAMP/1 1
         A-2 → at A-2
         CHAIR/1-1/K1 → picked CHAIR/1/K1 x1 @A-2 left 0
         QT-NEXT → not now
         ? → go A-1 LAMP/1 1",
    );
}

#[test]
fn all_parts_of_a_set_come_from_one_dye_lot() {
    world(&[(1, Pick, &["SOFA/1 x1 @A-1 #1", "SOFA/2 x1 @A-1 #1", "CHAIR x2 @A-1 #1", "CHAIR/1/K9 x1 @A-1 #2", "CLOTH x5.5 @A-1"])]).play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PK-1 → task 1
         A-1 → at A-1
         SOFA/2-2/K7 → picked SOFA/2/K7 x1 @A-1 left 0
         ? → scan SOFA/1/K7 @A-1 1
         SOFA/1-2/K8 → wrong lot K8 of SOFA, needed K7
         SOFA/1-2/K7 → picked SOFA/1/K7 x1 @A-1 left 0
         CHAIR/1-1/K8 → wrong lot K8 of CHAIR, needed K7 K9
         CHAIR/1-1/K9 → picked CHAIR/1/K9 x1, set 2 complete
         CHAIR/1-1/K7 → picked CHAIR/1/K7 x1 @A-1 left 1
         CHAIR → which lot of CHAIR?
         CHAIR/1-1/K7 → picked CHAIR/1/K7 x1, set 1 complete
         QT-QTY-2.5 → next counts 2.5
         CLOTH/1-1/A → picked CLOTH/1/A x2.5 @A-1 left 3
         CLOTH/1-1/B → wrong lot B of CLOTH, needed A
         // Taking the first roll back frees the lot.
         QT-UNDO → undone 13
         QT-QTY-5.5 → next counts 5.5
         CLOTH/1-1/B → picked CLOTH/1/B x5.5 @A-1 left 0
         QT-OK → task 1 complete",
    );
}

#[test]
fn undo_reaches_back_to_an_earlier_task_but_never_behind_its_end() {
    world(&[(1, Pick, &["LAMP x2 @A-1"]), (2, Pick, &["LAMP x1 @A-1"])]).play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PK-1 → task 1
         A-1 → at A-1
         LAMP → picked LAMP/1 x1 @A-1 left 1
         QT-CLOSE → left task 1
         QT-TASK-PK-2 → task 2
         QT-UNDO → undone 4
         A-1 → at A-1
         LAMP → picked LAMP/1 x1 @A-1 left 0
         undo 4 → nothing to undo
         QT-OK → task 2 complete
         QT-UNDO → not now
         undo 9 → task 2 is already finished
         QT-TASK-PK-1 → task 1
         ? → go A-1 LAMP/1 2
         A-1 → at A-1
         LAMP → picked LAMP/1 x1 @A-1 left 1
         LAMP → picked LAMP/1 x1 @A-1 left 0
         undo 17 → undone 17
         QT-OUT → bye
         QT-OP-HAN → hello 韩梅
         // What one person did is not undone by the next.
         QT-UNDO → nothing to undo",
    );
}

#[test]
fn two_pickers_share_a_task_until_one_finishes_it() {
    world(&[(1, Pick, &["LAMP x2 @A-1 #1", "WARDROBE/1 x1 @A-2 #1"])]).play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PK-1 → task 1
         1: QT-OP-HAN → hello 韩梅
         1: QT-TASK-PK-1 → task 1
         A-1 → at A-1
         1: A-1 → at A-1
         LAMP → picked LAMP/1 x1 @A-1 left 1
         1: LAMP → picked LAMP/1 x1 @A-1 left 0
         LAMP → too many LAMP/1, asked 2 done 2
         1: ? → go A-2 WARDROBE/1 1
         A-2 → at A-2
         WARDROBE/1-3 → picked WARDROBE/1 x1, set 1 complete
         QT-OK → task 1 complete
         1: QT-UNDO → task 1 is already finished
         1: LAMP → task 1 is already finished
         1: ? → task
         1: LAMP → held LAMP/1 x1",
    );
}

#[test]
fn a_task_that_the_hub_takes_back_stops_and_goes_on_when_it_comes_again() {
    let mut world = world(&[(1, Pick, &["LAMP x2 @A-1"])]);
    world.play(
        "QT-OP-LI → hello 李雷
         QT-TASK-PK-1 → task 1
         A-1 → at A-1
         LAMP → picked LAMP/1 x1 @A-1 left 1",
    );
    world.floor.withdraw(qitao_domain::ids::TaskId(1));
    world.play("LAMP → no task PK-1\n QT-TASK-PK-1 → no task PK-1\n ? → task");
    world.floor.release(task(&world.site.clone(), 1, Pick, &["LAMP x4 @A-1"]));
    world.play("QT-TASK-PK-1 → task 1\n ? → go A-1 LAMP/1 3\n QT-UNDO → undone 4\n ? → go A-1 LAMP/1 4");
    assert_eq!(world.books.iter().count(), 0);
}

#[test]
fn a_closed_task_is_forgotten_only_when_there_are_many() {
    let mut world = world(&[(1, Pick, &[]), (2, Pick, &[]), (3, Pick, &["LAMP x1"])]);
    world.play("QT-OP-LI → hello 李雷\n QT-TASK-PK-1 → task 1\n QT-OK → task 1 complete\n QT-TASK-PK-2 → task 2\n QT-OK → task 2 complete");
    world.floor.trim(1);
    world.play("QT-TASK-PK-1 → no task PK-1\n QT-TASK-PK-2 → task 2 is already finished\n QT-TASK-PK-3 → task 3");
    assert_eq!(world.floor.open().count(), 1);
}

#[test]
fn a_label_s_serial_number_goes_with_the_goods_and_a_misread_lot_does_not() {
    let mut world = world(&[]);
    world.play("QT-OP-LI → hello 李雷\n A-1 → at A-1");
    let goods = |item, lot: &str, serial: Option<&str>| Meaning::Goods {
        item: ItemId(item),
        quantity: Quantity::ONE,
        carton: Some(1),
        lot: Some(lot.into()),
        serial: serial.map(Into::into),
    };
    world.mean(0, &goods(2, "K7", Some("SN-9")));
    let effect = world.facts.last().unwrap().effects[0].clone();
    assert!(matches!(&effect, Effect::Moved { stock, serial: Some(serial), .. } if serial == "SN-9" && stock.lot.is_empty()));
    for lot in ["x".repeat(65), "K\u{7}7".into()] {
        let verdict = world.mean(0, &goods(3, &lot, None));
        assert_eq!(world.tell(&verdict), "bad: lot: at most 64 printable characters");
    }
    let verdict = world.mean(0, &goods(3, "  K7 ", None));
    assert_eq!(world.tell(&verdict), "put CLOTH/1/K7 x1 @A-1 left 0");
}
