// The texts of the help, each in both languages: short, by what somebody wants to get done.

import type { Lang } from '../../shared/lang';
import { customers } from './customers';
import { figures } from './figures';
import { opportunities } from './opportunities';
import { prices } from './prices';
import { contracts, orders, payments, quotes } from './sales';
import { tickets } from './tickets';

interface Text {
  title: string;
  intro: string;
  tasks: { title: string; steps: string[] }[];
}

/** Named as the area it is about, so that the question mark of a page leads here. */
export type Topic = { name: string; to?: string } & Record<Lang, Text>;

export const topics: Topic[] = [
  {
    name: 'home',
    to: '/',
    'zh-CN': {
      title: '首页',
      intro: '登录后先看这里：等你处理的事情、没读的通知、常用的入口。看到什么由你的角色决定。',
      tasks: [
        { title: '处理等着的事', steps: ['点一个数字，打开它数的那些记录。', '数字变成 0，就没有事情在等。'] },
        {
          title: '去任何地方',
          steps: [
            '按 Ctrl+K（苹果电脑按 ⌘K），或点上面的“查找并前往”。',
            '输入名称的一部分、拼音或首字母、编码、条码；页面也可以这样找。',
            '用上下键选择，按回车打开。',
          ],
        },
        {
          title: '只看一部分组织',
          steps: [
            '在左上角选一个大区、经销商或门店（手机上在菜单里）；输入名称或编码就能找到。',
            '列表、计数、现场和导出都只剩它和它下面的。',
            '清除选择，就回到你能看到的全部。',
          ],
        },
        {
          title: '和同事说一件事',
          steps: [
            '打开那条记录（客户、订单、工单、任务……），右边“评论”里写；手机上在页面下方。',
            '输入 @ 和名字，选要通知的人；只能选看得到这条记录的人。',
            '对方在通知里看到，点开就是这条记录。',
          ],
        },
        {
          title: '装到手机',
          steps: ['用手机浏览器打开这个地址。', '在浏览器菜单里选“添加到主屏幕”或“安装”。', '以后从桌面图标打开，没有浏览器的边框。'],
        },
      ],
    },
    en: {
      title: 'Home',
      intro:
        'The first page after signing in: what waits for you, what you have not read, what you do often. Your roles decide what is there.',
      tasks: [
        { title: 'See to what waits', steps: ['Press a number: the list of what it counts opens.', 'At 0 nothing waits.'] },
        {
          title: 'Go anywhere',
          steps: [
            'Press Ctrl+K (⌘K on a Mac), or the field at the top.',
            'Type part of a Chinese name, its pinyin or initials, the beginning of any other word, a code or a barcode; pages are found too.',
            'Choose with the arrows and press Enter.',
          ],
        },
        {
          title: 'Look at a part of the chain',
          steps: [
            'Choose a region, a dealer or a store at the top left (on a phone: in the menu); type its name or code to find it.',
            'Lists, counters, the floor and exports keep to it and to what is beneath it.',
            'Clear the choice to see all that you may see.',
          ],
        },
        {
          title: 'Tell a colleague something',
          steps: [
            'Open the record (customer, order, ticket, task …) and write under “Comments” at its right; on a phone below.',
            'Type @ and a name, and choose whom to tell: only those who see the record are offered.',
            'They find it in their notifications, and the record behind it.',
          ],
        },
        {
          title: 'Put it on a phone',
          steps: [
            "Open this address in the phone's browser.",
            'Choose "Add to home screen" or "Install" in its menu.',
            'From then on it opens from its icon.',
          ],
        },
      ],
    },
  },
  figures,
  customers,
  opportunities,
  quotes,
  contracts,
  orders,
  payments,
  prices,
  tickets,
  {
    name: 'floor',
    to: '/floor',
    'zh-CN': {
      title: '现场',
      intro: '现在正在发生的事：今天的扫描、进行中的任务、实时移动、边缘机是否在线。',
      tasks: [
        { title: '盯着错误', steps: ['在右边选“只看错误”：现场每扫错一次，这里马上出现。', '点上面的“错误”，看今天全部的错误扫描。'] },
        {
          title: '有边缘机离线',
          steps: [
            '现场可以继续作业，记录会在恢复后补传。',
            '点它的名字，看最后一次联系和设备状态。',
            '检查它的电源和网络；恢复后这里变成“在线”。',
          ],
        },
      ],
    },
    en: {
      title: 'Floor',
      intro: "What happens now: today's scans, tasks under way, movements as they are made, and whether the edges are there.",
      tasks: [
        {
          title: 'Watch what goes wrong',
          steps: ['Choose "Only wrong" on the right: each wrong scan shows at once.', 'Press "Wrong" at the top for all of today\'s.'],
        },
        {
          title: 'An edge is away',
          steps: [
            'Work there goes on; records follow when it is back.',
            'Press its name: when it was last heard of, and its devices.',
            'See to its power and network; it turns "Online" when it is back.',
          ],
        },
      ],
    },
  },
  {
    name: 'tasks',
    to: '/tasks',
    'zh-CN': {
      title: '任务',
      intro: '上架、盘点、拣货都是任务。任务建好，现场的面板上马上能看到，用扫码枪完成。',
      tasks: [
        {
          title: '新建任务',
          steps: [
            '点“新建任务”，选类型，写上到货单、订单号或客户。',
            '选商品和数量；套件和多包件商品会自动拆成包件。',
            '创建后，工位扫任务条码或在面板上选它。',
          ],
        },
        { title: '看缺什么', steps: ['打开任务：每一套的包件都列出来，没做的一目了然。', '缺货的包件会标“缺”，原因在扫描记录里。'] },
        {
          title: '用看板看',
          steps: [
            '在筛选句子的最后选“看板”：每个状态一列，带数量。',
            '把卡片拖到“已撤回”就是撤回；不能拖的地方会说明原因。手机上点卡片右上角的“…”。',
          ],
        },
        { title: '一次撤回几个任务', steps: ['勾选几行，点“撤回任务”。', '已经记下的扫描和移动照旧有效。'] },
        { title: '保存常用的筛选', steps: ['选好类型和状态，点“存为视图”，起个名字。', '可以共享给一个组织，或其中的一个角色。'] },
      ],
    },
    en: {
      title: 'Tasks',
      intro: 'Put-away, stocktake and pick are tasks. Once made, a task is on the panels at once and is worked with a scanner.',
      tasks: [
        {
          title: 'Make a task',
          steps: [
            'Press "New task", choose its kind, enter delivery, order or customer.',
            'Choose items and amounts; kits and items of several cartons are taken apart by themselves.',
            "The station scans the task's barcode or chooses it on the panel.",
          ],
        },
        {
          title: 'See what is missing',
          steps: ['Open the task: the cartons of each set are listed.', 'What was short is marked; why is in the scans.'],
        },
        {
          title: 'See them as a board',
          steps: [
            'Choose "board" at the end of the filter: a column for each state with its number.',
            'Drag a card to "Withdrawn" to withdraw it; elsewhere the column says why it may not. On a phone press its "…".',
          ],
        },
        { title: 'Withdraw several', steps: ['Tick rows and press "Withdraw".', 'Scans and movements that were written down stay.'] },
        {
          title: 'Keep a filter',
          steps: [
            'Choose kind and state, press "Save as a view" and name it.',
            'Share it with an organisation, or with one role within it.',
          ],
        },
      ],
    },
  },
  {
    name: 'exceptions',
    to: '/exceptions',
    'zh-CN': {
      title: '异常',
      intro: '系统不能自己决定的事会变成异常，等有权限的人处理。什么都不会悄悄丢掉。',
      tasks: [
        {
          title: '不认识的条码',
          steps: ['打开异常，看扫到了什么、在哪里扫的。', '选它是哪个商品（多包件时选第几包），点“绑定到商品”。', '以后所有工位都认识它。'],
        },
        {
          title: '盘差审批',
          steps: ['逐行核对账面和清点数；“盘点期间有移动”的行要特别小心。', '批准：按清点数调整账面；驳回：账面不变。'],
        },
        { title: '库存为负', steps: ['通常是漏扫了上架，或拣错了库位。', '补做上架或安排盘点；库位补平后异常自动关闭。'] },
      ],
    },
    en: {
      title: 'Exceptions',
      intro: 'What the system cannot decide becomes a case for somebody who may. Nothing is dropped silently.',
      tasks: [
        {
          title: 'An unknown barcode',
          steps: [
            'Open the case: what was scanned, and where.',
            'Choose the item (and which carton), press "Bind to item".',
            'Every station knows it from then on.',
          ],
        },
        {
          title: 'A count difference',
          steps: [
            'Compare line by line; take care where something moved during the count.',
            'Approve: the books follow the count. Reject: they stay.',
          ],
        },
        {
          title: 'Stock below nothing',
          steps: [
            'Usually a put-away was not scanned, or the pick was from another place.',
            'Make the put-away up or count; the case closes when the shelf is made good.',
          ],
        },
      ],
    },
  },
  {
    name: 'stock',
    to: '/stock',
    'zh-CN': {
      title: '库存',
      intro: '库存按包件记账：七包的衣柜少一包就不成套。这里能看到每个商品有几套、缺哪一包，每个库位有什么。',
      tasks: [
        { title: '查一个商品', steps: ['在搜索框输入名称、拼音或编码。', '点开它：包件分布、在哪些库位、最近的移动。'] },
        { title: '查一个库位', steps: ['把“按商品”换成“按库位”，搜索库位编码。', '点开库位，看里面的每一包。'] },
        {
          title: '看一段时间的收发（收发汇总）',
          steps: [
            '点“收发汇总”，选本月、上月、昨天，或填开始和结束的日期。',
            '每行是一个商品：期初 + 入库 − 出库 = 期末；上面是按单位的合计。站点内部的移动不算收发。',
            '按记录到达总部的那一天计：离线几天后补传的，计在补传那天，过去的数字不会再变。',
            '点一行，看它在这段时间的收发明细。',
          ],
        },
        {
          title: '快缺货时收到提醒（库存上下限）',
          steps: [
            '点“上下限”，再点“设置上下限”，选商品和站点，填下限、上限或两个都填，按成套的数量。',
            '低于下限或高于上限时出现一个异常，并通知负责站点的人；恢复后异常自动关闭。',
            '手动关闭的异常，在库存恢复之前不会再出现。',
          ],
        },
      ],
    },
    en: {
      title: 'Stock',
      intro:
        'Stock is kept by carton: a wardrobe of seven without one is not a set. See how many sets there are, which carton is scarce, and what lies where.',
      tasks: [
        { title: 'Look an item up', steps: ['Type its name, pinyin or code.', 'Open it: cartons, places, latest movements.'] },
        { title: 'Look a location up', steps: ['Change "by item" to "by location" and search its code.', 'Open it: every carton in it.'] },
        {
          title: 'See what came and went in a time',
          steps: [
            'Press "Stock of a period" and choose this month, last month, yesterday, or type the first and the last day.',
            'A row is an item: opening + in − out = closing; above stands what all are together, by unit. Movements within a site are neither in nor out.',
            'A record counts on the day it reached the hub: what came days later from a site without a line counts then, and figures of the past never change.',
            'Press a row for its movements of that time.',
          ],
        },
        {
          title: 'Hear of goods before they run out',
          steps: [
            'Press "Limits of stock", then "Set limits"; choose item and site, and give the least, the most or both, in complete sets.',
            'A case is opened and those who lead the site are told when a limit is passed; it closes by itself when stock is within again.',
            'A case that somebody closed does not come again before that.',
          ],
        },
      ],
    },
  },
  {
    name: 'items',
    to: '/items',
    'zh-CN': {
      title: '商品',
      intro: '公司的商品目录：包件数、条码、套件组成。',
      tasks: [
        { title: '找商品', steps: ['输入名称的任何一段、拼音、首字母、编码或条码（最后六位也行）。', '几个词用空格隔开，一起缩小范围。'] },
        { title: '看谁改过', steps: ['打开商品，右边的“动态”列出每次改动：谁、什么时候、从什么改成什么。'] },
      ],
    },
    en: {
      title: 'Items',
      intro: 'The catalogue: cartons, barcodes, and what kits are made of.',
      tasks: [
        {
          title: 'Find an item',
          steps: [
            'Type part of its Chinese name, pinyin, initials, the beginning of another word, code or barcode (its last six digits do).',
            'Several words narrow it.',
          ],
        },
        { title: 'See who changed it', steps: ['Open it: "What happened" lists each change, by whom and when, from what to what.'] },
      ],
    },
  },
  {
    name: 'movements',
    to: '/movements',
    'zh-CN': {
      title: '移动记录',
      intro: '每一笔库存移动：从哪里到哪里、多少、谁。撤销也是一笔移动，账永远是平的。',
      tasks: [{ title: '查一笔账', steps: ['从商品、库位或任务的页面点“全部”，移动记录就只显示它的。', '“已撤销”的移动后来被反向冲回。'] }],
    },
    en: {
      title: 'Movements',
      intro: 'Every movement of stock: from where to where, how much, by whom. An undo is a movement too, so the books always balance.',
      tasks: [
        {
          title: 'Follow a movement',
          steps: [
            'From an item, a location or a task press "All": only its movements are shown.',
            '"Reversed" ones were taken back later.',
          ],
        },
      ],
    },
  },
  {
    name: 'scans',
    to: '/scans',
    'zh-CN': {
      title: '扫描记录',
      intro: '每一次扫描，无论对错，都在这里，并写明判断和原因。',
      tasks: [{ title: '查一次扫错', steps: ['选结果“错误”和时间；可以再选工位。', '点开任务，看当时还差什么。'] }],
    },
    en: {
      title: 'Scans',
      intro: 'Every scan, right or wrong, with the verdict and why.',
      tasks: [
        {
          title: 'Look into a wrong scan',
          steps: ['Choose "wrong" and a time; a station too if you like.', 'Open its task: what was still missing then.'],
        },
      ],
    },
  },
  {
    name: 'edges',
    to: '/edges',
    'zh-CN': {
      title: '边缘机',
      intro: '门店和仓库里的小主机，扫码枪和打印机接在它上面。网络断了它照常工作。',
      tasks: [
        {
          title: '装一台新的',
          steps: ['点“新建边缘机”，起名，选站点。', '把给出的命令在小主机上运行一次；令牌只能用一次。', '几秒钟后它在这里变成“在线”。'],
        },
        {
          title: '疑似克隆',
          steps: ['有两台机器用同一个身份，总部先拒绝，免得重复入账。', '找到并关掉复制出来的那台，再点“认定这台是真的”。'],
        },
        {
          title: '让扫码枪和打印机都设置对',
          steps: [
            '在“设置 → 设备配置方案”里写好每类设备应当怎样设置，再指派给全部站点、某个站点或某个系列。',
            '边缘机按方案核对设备；“设备合规”页看全公司有多少台设置正确，点一条看有出入的设备和不同之处。',
            '现场用 edge-agent device apply 改好，或扫配置条码；下一次核对后这里变成“设置正确”。',
          ],
        },
      ],
    },
    en: {
      title: 'Edges',
      intro: 'The small machines in stores and warehouses that scanners and printers hang on. Without a network they work on.',
      tasks: [
        {
          title: 'Set a new one up',
          steps: [
            'Press "New edge", name it, choose its site.',
            'Run the command that is shown once on the machine; its token is good once.',
            'After some seconds it is "Online" here.',
          ],
        },
        {
          title: 'It may be cloned',
          steps: [
            'Two machines use one identity; the hub refuses, so that nothing is booked twice.',
            'Find the copy and switch it off, then accept this one.',
          ],
        },
        {
          title: 'Have scanners and printers set right',
          steps: [
            'Under "Settings → Device profiles" say what devices should be set to; assign it everywhere, at a site or to a family.',
            'Edges compare their devices; "Devices" shows how many of the chain are as they should be, and what differs at which.',
            'On the spot set them with edge-agent device apply or programming barcodes; after the next look they are "As it should be".',
          ],
        },
      ],
    },
  },
  {
    name: 'imports',
    to: '/imports',
    'zh-CN': {
      title: '导入',
      intro: '把 Excel 或 CSV 里的商品、库位、操作员、人员、期初库存一次传上来。写入之前先检查，写入之后可以撤销。',
      tasks: [
        {
          title: '导入一份表格',
          steps: [
            '点“新的导入”，选要导入的资料，下载模板填好（已有表格也可以直接用）。',
            '把文件拖进来，或在手机上选文件。',
            '看每一列对应什么，必填的列带星号；要修改已有的资料就打开“更新已有的资料”。',
            '点“检查”：看新建、修改、没变化、不合格各多少行，修改的行列出旧值和新值。',
            '点“导入”。可以离开页面，工作会继续。',
          ],
        },
        { title: '改好不合格的行', steps: ['点“下载不合格的行”，每行后面写着原因。', '在 Excel 里改好，作为一份新的导入再传一次。'] },
        { title: '撤销一次导入', steps: ['打开那次导入，点“撤销这次导入”。', '导入以后又被改过或用过的资料会保留，并逐条写出原因。'] },
      ],
    },
    en: {
      title: 'Imports',
      intro:
        'Items, locations, operators, people and opening stock from Excel or CSV in one go: checked before anything is written, undone afterwards.',
      tasks: [
        {
          title: 'Import a sheet',
          steps: [
            'Press "New import", choose what, fill in its template (a sheet of your own will do as well).',
            'Drop the file, or choose it on a phone.',
            'See what each column means; required ones have a star. Switch "Update what exists" on to change records.',
            'Press "Check": how many rows are new, changed, same, bad; changed ones with old and new values.',
            'Press "Import". You may leave the page, the work goes on.',
          ],
        },
        { title: 'Mend bad rows', steps: ['Press "Download bad rows": each has its reason.', 'Mend them in Excel and import that sheet.'] },
        {
          title: 'Undo an import',
          steps: ['Open it and press "Undo this import".', 'Records that were changed or used since stay, each with the reason.'],
        },
      ],
    },
  },
  {
    name: 'exports',
    to: '/exports',
    'zh-CN': {
      title: '导出',
      intro: '列表怎么筛选，表格里就有哪些行。短的马上下载，长的在后台制作，都放在这里 7 天。',
      tasks: [
        {
          title: '导出一个列表',
          steps: [
            '在商品、库存、任务、移动、异常的列表里先筛选好。',
            '点右上角“导出”，选 Excel 或 CSV。',
            '长的表格在这里显示进度，做好后下载。',
          ],
        },
        { title: '再次下载', steps: ['7 天内可以反复下载，每次都有审计记录。', '不需要了就删除。'] },
      ],
    },
    en: {
      title: 'Exports',
      intro:
        'A sheet has the rows of the list as it is filtered. Short ones are there at once, long ones are made in the background; all are kept here for 7 days.',
      tasks: [
        {
          title: 'Export a list',
          steps: [
            'Narrow the list of items, stock, tasks, movements or exceptions.',
            'Press "Export" and choose Excel or CSV.',
            'Long ones show here how far they are; download them when they are ready.',
          ],
        },
        { title: 'Download again', steps: ['As often as you like for 7 days; each time is in the audit.', 'Delete what is not needed.'] },
      ],
    },
  },
  {
    name: 'notifications',
    to: '/notifications',
    'zh-CN': {
      title: '通知',
      intro: '右上角的铃铛：有异常、边缘机离线、消息发不出去等事情时告诉你。',
      tasks: [{ title: '选择怎么通知我', steps: ['打开“设置 › 通知方式”。', '每种事情可以选页面里看，或者发邮件。'] }],
    },
    en: {
      title: 'Notifications',
      intro: 'The bell at the top: cases, edges that are away, messages that cannot be sent.',
      tasks: [
        { title: 'Choose how you are told', steps: ['Open "Settings › How I am told".', 'For each kind choose these pages, or mail.'] },
      ],
    },
  },
  {
    name: 'settings',
    to: '/settings',
    'zh-CN': {
      title: '设置',
      intro: '自己的账号、公司的人员和组织、系统的运行。能看到哪些由你的角色决定。',
      tasks: [
        {
          title: '启用动态验证码',
          steps: [
            '打开“账号和安全”，点“设置动态验证码”，输入密码。',
            '用手机验证器扫二维码，输入 6 位数字。',
            '把恢复码抄下来放好：手机丢了要靠它登录。',
          ],
        },
        {
          title: '新同事入职',
          steps: ['在“人员”点“新建人员”，选组织和角色。', '把显示的密码交给本人，让他登录后修改。', '你只能给出自己也有的权限。'],
        },
        {
          title: '一次录入很多人',
          steps: [
            '在“人员”点“导入”，下载模板：账号、姓名、组织、角色、电话和自定义字段都在里面，组织和角色有下拉可选。',
            '几个角色用分号隔开；管理指定组织的角色写成“角色@组织编码,组织编码”。你只能在自己的范围内、给出自己也有的权限。',
            '表格里没有密码：导入后到每个人的页面点“重设密码”给初始密码，或让他们用单点登录。',
            '导出的人员表可以原样再导入；遮盖过的电话不会改动原来的。',
            '撤销会收回还不能登录、也没有记录的人；表格从不改你自己的角色，也不会停用你自己。',
          ],
        },
        { title: '同事离职', steps: ['打开他的页面，“更多 › 交接”，选接手的人。', '勾选“他离职”，账号同时停用，所有登录马上结束。'] },
        {
          title: '改角色能做什么',
          steps: ['在“角色和权限”打开角色，勾选权限，保存。', '字段权限决定电话等信息是隐藏、显示一部分还是可以修改。'],
        },
        {
          title: '把消息发到群里',
          steps: [
            '在群里加一个自定义机器人，复制它的地址。',
            '在“消息通道”新建，粘贴地址（有签名密钥也填上），点“发测试消息”。',
            '在“定时任务”新建“每日汇总”，每天早上群里就有昨天的数字。',
          ],
        },
        {
          title: '群里发战报和昨日业绩快报',
          steps: [
            '打开群的通道，在“发哪些通知”里选“战报”或“昨日业绩快报”，再选组织；不选组织就是全公司。',
            '订单一确认，战报马上到群里：门店、销售、金额、门店今日累计和排名（和同一个经销商的店比）。里面没有客户的信息。',
            '快报在每天 9 点（各组织的当地时间）发，说的是前一天，每天只发一次；时间在“定时任务”里改。',
          ],
        },
        {
          title: '给商品或人员加一个字段',
          steps: [
            '在“自定义字段”点“添加字段”，写名称，选类型；要筛选就勾上“可以筛选和排序”。',
            '规则用表达式写，例如 custom.price >= 10.0；写错的地方会划线，并说明是哪一行哪个字。',
            '存入草稿，改到没有错误，再点“发布”。表单、列表、筛选里马上就有。',
            '不满意就在“版本”里恢复旧的一版；已填的值不会丢。',
          ],
        },
        {
          title: '让程序使用接口',
          steps: [
            '在“访问令牌”新建，只选它需要的权限。',
            '令牌只显示一次。',
            '在“试用接口”里选接口、填参数、看回答，再把那条命令交给程序员。',
          ],
        },
      ],
    },
    en: {
      title: 'Settings',
      intro: "Your own account, the company's people and organisations, and how the hub runs. Your roles decide what is there.",
      tasks: [
        {
          title: 'Use one-time codes',
          steps: [
            'Open "Account and safety", press "Set one-time codes up", enter your password.',
            'Scan the QR code with an authenticator and enter its six digits.',
            'Keep the recovery codes: without the phone they let you in.',
          ],
        },
        {
          title: 'Somebody joins',
          steps: [
            'In "People" press "New person", choose organisation and roles.',
            'Give them the password that is shown; they change it.',
            'You can give no more than you have.',
          ],
        },
        {
          title: 'Many people join',
          steps: [
            'In "People" press "Imports" and download the template: logins, names, organisations, roles, phones, your own fields.',
            'Several roles are parted by semicolons; one that holds elsewhere is written role@code,code. You can give no more than you have, and only within your reach.',
            'A sheet has no passwords: give each a first one on their page ("New password"), or let them come by single sign-on.',
            'An exported sheet of people goes in again as it came out; masked phones change nothing.',
            'Undo takes back whoever cannot sign in yet and has no records; a sheet never changes your own roles, nor disables you.',
          ],
        },
        {
          title: 'Somebody leaves',
          steps: [
            'Open their page, "More › Hand over", choose who takes over.',
            'Tick "They leave": they are signed out everywhere at once.',
          ],
        },
        {
          title: 'Change what a role may do',
          steps: [
            'In "Roles and rights" open the role, tick rights, save.',
            'Field rights say whether phones and the like are hidden, masked or may be changed.',
          ],
        },
        {
          title: 'Send notices to a group chat',
          steps: [
            'Add a custom bot to the group and copy its address.',
            'Make a channel with it (and its signing secret), press "Send a test".',
            'Make a schedule "Daily summary", and yesterday\'s figures arrive each morning.',
          ],
        },
        {
          title: 'Win reports and the results of the day before',
          steps: [
            'Open the channel of a group, choose "Win report" or "Results of the day before" among its notices, and an organisation; none is the whole chain.',
            'A confirmed order is in the group at once: store, who sold it, amount, what the store sold today, its place among those of the same dealer. Nothing of the customer is in it.',
            'The results are told at nine where the organisation is, of the day before, once; the time is changed in "Schedules".',
          ],
        },
        {
          title: 'Add a field to items or people',
          steps: [
            'In "Custom fields" press "Add a field", name it, choose its kind; tick "Lists narrow and sort by it" to filter by it.',
            'Rules are expressions such as custom.price >= 10.0; a mistake is underlined, with line and character.',
            'Save it to the draft, mend what is wrong, press "Publish": it is in forms, lists and filters at once.',
            'Restore an older version under "Versions" at any time; values are not lost.',
          ],
        },
        {
          title: 'Let a program use the API',
          steps: [
            'Make an API token with only the rights it needs.',
            'It is shown once.',
            'In "Try the API" choose an operation, fill it in, see the answer; its command is what a programmer needs.',
          ],
        },
      ],
    },
  },
];
