//! The demonstration ends well: what `DEMO=once make demo` runs. It is asked for every part of the day, so that none is left out unseen.

use std::process::Command;

use qitao_tests::process::binary;

/// The day in order: who, and what they did; refusals by the rule that they name.
const DAY: [&str; 33] = [
    "[admin] 发布选配模型",
    "[xh01.guide1] 登记客户",
    "[xh01.guide1] 商机推进到方案设计",
    "(stage_gate)",
    "[xh01.guide1] 上传设计草图，推进到报价确认",
    "[xh01.guide1] 报价",
    "[xh01.guide1] 客户签字，商机成交",
    "(contract_files)",
    "(discount_approval)",
    "[xh01.manager] 收到“折扣待审批",
    "[xh01.guide1] 收到“折扣已通过",
    "[xh01.guide1] 收定金",
    "[xh01.guide1] 定金用到订单上",
    "[xh01.guide1] 与",
    "[warehouse] 下达任务",
    "[manager] 主管批准盘差",
    "[xh01.guide1] 确认 SO",
    "战报群 the store's group hears: 战报：徐汇店 成交",
    "[analyst] 看板",
    "wrong_item",
    "incomplete",
    "set_complete",
    "task_complete",
    "task_finished_short",
    "[xh01.guide1] 收尾款",
    "[xh01.manager] SO",
    "[r1.dispatcher] 收到“已发货",
    "[r1.dispatcher] 派单",
    "[r1.installer1] 接单、预约、上门签到",
    "[r1.installer1] 照片、客户签名齐了，完工",
    "[xh01.manager] 客户扫码评 10 分；回访 5 星",
    "[xh01.guide1] 订单、合同完成，客户成为老客户",
    "报价 quote = 合同 contract = 订单 order = 收款 received = 分成 shares = 看板 dashboard: ¥",
];

#[test]
fn the_demonstration_tells_the_whole_day_and_money_and_stock_tie_out() {
    let output = Command::new(binary("demo")).env("DEMO", "once").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    let mut rest = &*told;
    for part in DAY {
        let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("{part:?} is missing, or not in its place, in:\n{told}"));
        rest = after;
    }
    for word in ["scans", "movements", "lost 0", "doubled 0", "stock differences 0", "surprises 0"] {
        assert!(rest.contains(word), "{word:?} is missing in:\n{told}");
    }
}
