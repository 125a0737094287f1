// English of the drawing tools to Chinese. Names of elements are put together from their parts.
const PLAIN = {
  // tools
  "Search in diagram": "在图中查找", "Open minimap": "打开缩略图", "Close minimap": "关闭缩略图", "Toggle minimap": "缩略图",
  "Activate hand tool": "拖动画布", "Activate lasso tool": "框选", "Activate create/remove space tool": "增减空间", "Activate global connect tool": "连线",
  "Create element": "新建元素", "Create {type}": "新建{type}", "Append element": "接着画", "Append {type}": "接着画{type}", "Append task": "接着画任务", "Append gateway": "接着画网关", "Append end event": "接着画结束事件", "Append intermediate/boundary event": "接着画中间事件",
  "Create start event": "新建开始事件", "Create intermediate/boundary event": "新建中间或边界事件", "Create end event": "新建结束事件", "Create gateway": "新建网关", "Create task": "新建任务", "Create data object reference": "新建数据对象", "Create data store reference": "新建数据存储", "Create expanded sub-process": "新建子流程", "Create pool/participant": "新建泳池", "Create group": "新建分组",
  "Change element": "更改类型", "Change type": "更改类型", "Delete": "删除", "Remove": "删除", "Set color": "设置颜色", "Default": "默认", "Blue": "蓝", "Orange": "橙", "Green": "绿", "Red": "红", "Purple": "紫",
  "Add text annotation": "添加注释", "Connect to other element": "连到其他元素", "Connect using association": "用关联线连接", "Connect using data input association": "用数据关联连接", "Connect using sequence/message flow or association": "连线",
  "Align elements": "对齐", "Align elements left": "左对齐", "Align elements right": "右对齐", "Align elements top": "上对齐", "Align elements bottom": "下对齐", "Align elements center": "水平居中", "Align elements middle": "垂直居中", "Distribute elements horizontally": "水平均分", "Distribute elements vertically": "垂直均分",
  "Add lane above": "在上方添加泳道", "Add lane below": "在下方添加泳道", "Divide into two lanes": "分成两条泳道", "Divide into three lanes": "分成三条泳道",
  "Loop": "循环", "Parallel multi-instance": "并行多实例", "Sequential multi-instance": "串行多实例", "Participant multiplicity": "多个参与者", "Toggle non-interrupting": "是否中断", "Ad-hoc": "自由",
  "Tasks": "任务", "Events": "事件", "Gateways": "网关", "Sub-processes": "子流程", "Participants": "泳池", "Data": "数据", "Templates": "模板", "Sub-processes and activities": "子流程", "Search": "查找", "Open {element}": "打开{element}",
  "Token Simulation": "演示走向", "Toggle Token Simulation": "演示走向", "Play/Pause Simulation": "播放或暂停", "Reset Simulation": "重新开始", "Show Simulation Log": "显示记录", "Set Animation Speed": "速度", "Simulation Log": "演示记录", "No Entries": "没有记录",
  "no parent for {element} in {parent}": "{element} 不能放在 {parent} 里", "no shape type specified": "没有指定形状", "element {element} referenced by {referenced}#{property} not yet drawn": "{referenced} 引用的 {element} 还没有画出", "missing {semantic}": "缺少 {semantic}", "no diagram to display": "没有图可以显示", "no process or collaboration to display": "没有流程可以显示", "flow elements must be children of pools/participants": "流程元素须放在泳池里", "out of bounds release": "超出范围",
  // panel
  "General": "基本", "Documentation": "说明", "Element documentation": "要求办理人做什么", "Process documentation": "流程说明", "Name": "名称", "ID": "代码", "Executable": "可执行", "Version tag": "版本标记", "Process ID": "流程代码", "Process name": "流程名称", "Participant Name": "泳池名称", "Participant ID": "泳池代码", "This maps to the process definition key.": "流程的唯一代码，发布后不要改。",
  "Compensation": "补偿", "Wait for completion": "等待完成", "Activity reference": "活动", "Error": "错误", "Link": "链接", "Message": "消息", "Signal": "信号", "Escalation": "升级", "Timer": "定时", "Completion": "完成条件", "Multi-instance": "多实例", "Condition": "条件",
  "Global error reference": "哪个错误", "Global message reference": "哪个消息", "Global signal reference": "哪个信号", "Global escalation reference": "哪个升级", "Code": "代码", "Code variable": "代码存入变量", "Message variable": "消息存入变量", "Create new ...": "新建…", "<none>": "（无）", "<empty>": "（空）",
  "Loop cardinality": "次数", "Completion condition": "提前结束的条件", "Collection": "对哪些逐一办理", "Element variable": "每一个叫做", "Asynchronous before": "之前异步", "Asynchronous after": "之后异步",
  "Inputs": "输入", "Outputs": "输出", "Extension properties": "其他属性", "Local variable name": "局部变量", "Process variable name": "流程变量", "Assignment type": "赋值方式", "Value": "值", "Properties": "属性", "Create": "添加", "Type": "类型", "Date": "日期", "Duration": "时长", "Cycle": "周期",
  "Select an element to edit its properties.": "点选一个元素，在这里填写。", "Multiple elements are selected. Select a single element to edit its properties.": "选了多个元素；请只选一个。",
  "Toggle section": "展开或收起", "Toggle list item": "展开或收起", "Create new list item": "添加", "Delete item": "删除", "Section contains edits": "有内容", "Section contains an error": "有错误", "List contains {numOfItems} item": "{numOfItems} 项", "List contains {numOfItems} items": "{numOfItems} 项",
  "ID must not be empty.": "代码不能为空。", "ID must be unique.": "代码不能重复。", "ID must not contain spaces.": "代码不能有空格。", "ID must be a valid QName.": "代码只能用字母、数字和下划线。", "ID must not contain prefix.": "代码不能有冒号。",
  // groups of the panel that this product has no use for; the tools name them all the same
  "History cleanup": "历史清理", "Tasklist": "任务列表", "Candidate starter": "可启动者", "Implementation": "实现", "External task": "外部任务", "Process variables": "流程变量", "Errors": "错误", "User assignment": "办理人", "Forms": "表单", "Form fields": "字段", "Task listeners": "任务监听", "Start initiator": "启动者", "Script": "脚本", "Called element": "调用的流程", "Asynchronous continuations": "异步", "Job execution": "作业", "In mapping propagation": "传入", "In mappings": "传入", "Connector inputs": "连接器输入", "Out mapping propagation": "传出", "Out mappings": "传出", "Connector outputs": "连接器输出", "Execution listeners": "执行监听", "Field injections": "字段注入", "Business key": "业务编号",
  // elements that have names of their own
  "Process": "流程", "Collaboration": "协作", "Participant": "泳池", "Pool/participant": "泳池", "Lane": "泳道", "Group": "分组", "Text Annotation": "注释", "Association": "关联", "Sequence Flow": "顺序流", "Conditional flow": "带条件的流", "Default flow": "默认流", "Message Flow": "消息流", "Data Object Reference": "数据对象", "Data Store Reference": "数据存储", "Data object": "数据对象", "Data store": "数据存储", "Empty pool/participant": "空泳池", "Expanded pool/participant": "展开的泳池", "Label": "标签",
  "Task": "任务", "User task": "人工任务", "Manual task": "手工任务", "Service task": "自动任务", "Send task": "发送任务", "Receive task": "接收任务", "Script task": "脚本任务", "Business rule task": "决策任务", "Call activity": "调用活动", "Transaction": "事务", "Event sub-process": "事件子流程", "Sub-process": "子流程", "Sub-process (collapsed)": "子流程（收起）", "Sub-process (expanded)": "子流程（展开）", "Ad-hoc sub-process": "自由子流程", "Ad-hoc sub-process (collapsed)": "自由子流程（收起）", "Ad-hoc sub-process (expanded)": "自由子流程（展开）",
  "Exclusive gateway": "排他网关", "Parallel gateway": "并行网关", "Inclusive gateway": "包容网关", "Complex gateway": "复杂网关", "Event-based gateway": "事件网关", "Event based gateway": "事件网关", "Event based instantiating Gateway": "事件网关（启动）", "Parallel Event based instantiating Gateway": "并行事件网关（启动）",
  // decision tables
  "Add input": "添加条件列", "Add output": "添加结果列", "Add rule": "添加一行", "Add rule above": "在上方添加一行", "Add rule below": "在下方添加一行", "Remove rule": "删除这一行", "Copy rule": "复制这一行", "Cut rule": "剪切这一行", "Paste rule above": "粘贴到上方", "Paste rule below": "粘贴到下方", "Move rule": "移动这一行",
  "Add input column left": "在左侧添加条件列", "Add input column right": "在右侧添加条件列", "Add output column left": "在左侧添加结果列", "Add output column right": "在右侧添加结果列", "Copy input column": "复制条件列", "Cut input column": "剪切条件列", "Paste input column left": "粘贴到左侧", "Paste input column right": "粘贴到右侧", "Copy output column": "复制结果列", "Cut output column": "剪切结果列", "Paste output column left": "粘贴到左侧", "Paste output column right": "粘贴到右侧", "Remove input column": "删除条件列", "Remove output column": "删除结果列",
  "Add cell description": "添加说明", "Remove cell description": "删除说明", "Change cell expression language": "更改表达式语言", "Expression language": "表达式语言", "Expression language:": "表达式语言：", "Expression language: {expressionLanguageLabel}": "表达式语言：{expressionLanguageLabel}", "Resize": "调整宽度",
  "When": "当", "And": "且", "Then": "则", "After": "之后", "Before": "之前", "Between": "之间", "Exactly": "正好", "Equals": "等于", "Greater": "大于", "Greater or equals": "大于等于", "Less": "小于", "Less or equals": "小于等于", "Range": "范围", "Include": "含", "Exclude": "不含", "Yes": "是", "No": "否", "-": "-",
  "Annotation": "备注", "Annotations": "备注", "Comparison": "比较", "Comparison operator": "比较方式", "Custom values": "其他值", "Predefined values": "可选的值", "Add predefined values": "添加可选的值", "Clear predefined values": "清除可选的值", "Add values": "添加值", "Values": "值", "No values": "没有值", "Match one": "等于其中之一", "Match none": "都不等于", "Test type": "比较方式",
  "Hit policy": "命中规则", "Hit policy:": "命中规则：", "Input": "条件", "Output": "结果", "Input expression": "条件取自", "Input expression: ": "条件取自：", "Input label": "条件名称", "Input label: ": "条件名称：", "Output label": "结果名称", "Output label: ": "结果名称：", "Output name": "结果代码", "Output name: ": "结果代码：", "Input type": "条件类型", "Output type": "结果类型", "Input values": "条件可选的值", "Output values": "结果可选的值", "Edit input": "编辑条件", "Edit output": "编辑结果", "Edit": "编辑", "Expression": "表达式", "Enter expression": "填写表达式", "Literal expression": "表达式", "Literal expression editor": "表达式", "Editing not supported for set expression language": "这种表达式语言不能在此编辑",
  "Decision name": "决策名称", "Decision name: ": "决策名称：", "Definition name": "文件名称", "Definition ID": "文件代码", "Element name": "名称", "View DRD": "查看决策关系图", "Variable name": "变量名", "Variable name:": "变量名：", "Variable type": "变量类型", "Variable type:": "变量类型：", "name": "名称",
  "Create decision": "新建决策", "Create input data": "新建输入数据", "Create knowledge model": "新建知识模型", "Create knowledge source": "新建知识来源", "Append decision": "接着画决策", "Append input data": "接着画输入数据", "Append business knowledge model": "接着画知识模型", "Append knowledge source": "接着画知识来源", "Decision table": "决策表", "Decision Table": "决策表", "Literal Expression": "表达式", "Empty": "空", "Context": "上下文", "Invocation": "调用", "Function definition": "函数",
  "Boolean value": "真假", "String value": "文字", "Date value": "日期", "Time value": "时间", "Date and time": "日期和时间", "Date and time value": "日期和时间", "Duration value": "时长", "Time": "时间", "Start date": "开始日期", "End date": "结束日期", "Start time": "开始时间", "End time": "结束时间", "Start value": "开始值", "End value": "结束值", "Start date and time": "开始日期和时间", "End date and time": "结束日期和时间", "Use now": "用当前时间", "Use today": "用今天", "Set date": "设日期", "Set time": "设时间", "Set value": "设值", "Set duration": "设时长", "Set date and time": "设日期和时间", "Edit boolean": "编辑真假", "Edit date": "编辑日期", "Edit time": "编辑时间", "Edit number": "编辑数字", "Edit string": "编辑文字", "Edit duration": "编辑时长", "Edit date and time": "编辑日期和时间", "Edit start date": "编辑开始日期", "Edit end date": "编辑结束日期", "Edit start time": "编辑开始时间", "Edit end time": "编辑结束时间", "Edit start date and time": "编辑开始日期和时间", "Edit end date and time": "编辑结束日期和时间", "Strings must be in double quotes": "文字要用双引号", "Range start operator": "起点含不含", "Range end operator": "终点含不含", "Range start value": "起点", "Range end value": "终点", "e.g. { sample } ": "例如 { sample }", "e.g. { example } ": "例如 { example }", "string": "文字", "boolean": "真假", "number": "数字", "date": "日期", "time": "时间", "dateTime": "日期和时间",
  "Kind": "种类", "Function kind: {kind}": "函数种类：{kind}", "Add parameter": "添加参数", "Remove parameter": "删除参数", "Edit formal parameters": "编辑参数", "Edit function kind": "编辑函数种类", "Any": "任意", "Unique": "唯一", "First": "第一个", "Priority": "优先级", "Rule order": "按行顺序", "Output order": "按结果顺序", "Collect": "汇总", "Collect (Sum)": "汇总（求和）", "Collect (Min)": "汇总（最小）", "Collect (Max)": "汇总（最大）", "Collect (Count)": "汇总（计数）",
  "Open decision table": "打开决策表", "Open literal expression": "打开表达式", "Open boxed expression": "打开表达式",
  "No overlap is possible and all rules are disjoint. Only a single rule can be matched": "各行互不重叠，最多命中一行", "Rules may overlap. The first matching rule will be chosen": "可以重叠，取第一个命中的行", "Rules may overlap. The one with the highest priority will be chosen": "可以重叠，取优先级最高的行", "Rules may overlap. Their output have to match": "可以重叠，但结果必须相同",
  "Collects the values of all matching rules": "汇总所有命中的行", "Collects the values of all matching rules and sums up to a single value": "汇总所有命中的行并求和", "Collects the values of all matching rules and uses the lowest value": "汇总所有命中的行，取最小值", "Collects the values of all matching rules and uses the highest value": "汇总所有命中的行，取最大值", "Collects the values of all matching rules and counts the number of them": "统计命中的行数", "Collects the values of all matching rules in rule order": "按行的顺序列出所有命中的结果", "Collects the values of all matching rules in decreasing output priority order": "按结果优先级列出所有命中的结果",
};

const KINDS = { Message: "消息", Timer: "定时", Signal: "信号", Error: "错误", Escalation: "升级", Conditional: "条件", Link: "链接", Compensation: "补偿", Cancel: "取消", Terminate: "终止" };
const PLACES = { "start event": "开始事件", "end event": "结束事件", "intermediate catch event": "中间捕获事件", "intermediate throw event": "中间抛出事件", "boundary event": "边界事件" };

const found = new Map(Object.entries(PLAIN).map(([english, chinese]) => [plain(english), chinese]));
for (const [place, there] of Object.entries(PLACES)) {
  found.set(place, there);
  for (const [kind, what] of Object.entries(KINDS)) {
    const name = plain(`${kind} ${place}`);
    found.set(name, what + there);
    found.set(`${name} (non-interrupting)`, `${what}${there}（不中断）`);
    found.set(plain(`Append ${kind} ${place}`), `接着画${what}${there}`);
  }
}
found.set("append compensation activity", "接着画补偿活动");
found.set("append receive task", "接着画接收任务");

// Tools write the same name in several ways: "User Task", "User task", "Sub-process", "Sub process".
function plain(english) {
  return english.toLowerCase().replace(/sub[- ]?process/g, "subprocess").replace(/event[- ]based/g, "event based").replace(/multi[- ]?instance/g, "multiinstance").trim();
}

export function inChinese(english) {
  return found.get(plain(english));
}
