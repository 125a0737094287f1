// The properties panel: what this product understands, in the owner's words; expressions are chosen, not written.
import { longText, select, text } from "./entries.js";
import { fieldsOf, getBusinessObject, is, property, setProperty } from "./elements.js";
import { readCondition, readDate, readDuration, readOwner, readReceiver, writeCondition, writeDate, writeDuration, writeOwner, writeReceiver } from "./expressions.js";
import { FormButton } from "./form-button.js";
import { say } from "./translation.js";

const KEPT = new Set(["general", "documentation", "multiInstance", "message", "signal", "error", "link", "escalation", "compensation", "CamundaPlatform__ExtensionProperties"]);
const WITH_TIMER = "bpmn:TimerEventDefinition";

class OwnersPanel {
  constructor(propertiesPanel, injector, facts) {
    this.services = {
      get modeling() { return injector.get("modeling"); },
      get bpmnFactory() { return injector.get("bpmnFactory"); },
      get registry() { return injector.get("elementRegistry"); },
    };
    this.facts = facts;
    propertiesPanel.registerProvider(200, this);
  }

  getGroups(element) {
    return (groups) => {
      const kept = groups.filter((group) => KEPT.has(group.id));
      const own = this.own(element).filter(Boolean);
      const place = kept.findIndex((group) => group.id === "documentation") + 1 || kept.length;
      return [...kept.slice(0, place), ...own, ...kept.slice(place)];
    };
  }

  own(element) {
    if (element.labelTarget) return [];
    const task = is(element, "bpmn:UserTask");
    return [
      task && this.group("who", say("由谁办理", "Who does it"), element, this.who(element)),
      task && this.group("deadline", say("办理期限", "By when"), element, this.deadline(element)),
      task && { id: "form", label: say("表单", "Form"), element, entries: [{ id: "form-button", component: FormButton, services: this.services }] },
      this.isStep(element) && this.group("step", say("状态与督办", "Status, reminders and escalation"), element, this.step(element, task)),
      this.conditional(element) && this.group("condition", say("走这条线的条件", "When this way is taken"), element, this.condition(element)),
      this.sends(element) && this.group("receiver", say("消息送给谁", "Where the message goes"), element, this.receiver(element)),
      this.catches(element) && this.group("senders", say("谁可以发来这个消息", "Who may send this message"), element, this.senders(element)),
      this.processOf(element) && this.group("starters", say("由人发起", "Started by people"), element, this.starters(element)),
      this.timer(element) && this.group("when", say("定时", "When"), element, this.when(element)),
      is(element, "bpmn:ServiceTask") && this.group("service", say("自动办理", "What it does"), element, this.service(element)),
      is(element, "bpmn:BusinessRuleTask") && this.group("decision", say("决策表", "Decision table"), element, this.decision(element)),
      is(element, "bpmn:CallActivity") && this.group("called", say("调用的流程", "Process it calls"), element, this.called(element)),
      this.isStep(element) && this.group("english", say("英文", "In English"), element, this.english(element)),
    ];
  }

  group(id, label, element, entries) {
    return { id: `owner-${id}`, label, element, entries: entries.filter(Boolean).map((one) => ({ ...one, element })) };
  }

  isStep(element) {
    return is(element, "bpmn:Activity") || is(element, "bpmn:Event");
  }

  update(element, values) {
    this.services.modeling.updateProperties(element, values);
  }

  attribute(element, name) {
    return [() => getBusinessObject(element).get(name) ?? "", (value) => this.update(element, { [name]: value || undefined })];
  }

  property(element, name) {
    return [() => property(element, name), (value) => setProperty(this.services, element, name, value)];
  }

  fields(element, types) {
    const found = fieldsOf(this.services.registry).filter((one) => !types || types.includes(one.type));
    return found.map((one) => ({ value: one.id, label: one.label }));
  }

  // -- who does it -----------------------------------------------------------------------------

  who(element) {
    const one = readOwner(getBusinessObject(element));
    const write = (change) => this.update(element, writeOwner({ ...one, ...change }));
    const kinds = [
      ["none", say("（未指定）", "(nobody yet)")],
      ["post", say("某一级的岗位", "A post at a level")],
      ["helper", say("帮扶责任人（没有则工作队长）", "The household's helper (else the team lead)")],
      ["person", say("表单里选定的人", "The person chosen in a form")],
      ["leader", say("所选单位的负责人", "The leader of the chosen unit")],
      ["office", say("主管这张工单的办公室", "The office in charge of the ticket")],
      ["verifier", say("独立复核人", "The independent verifier")],
      ["judge", say("与整改人无关的上一级", "A level above that is not the fixer")],
      ["other", say("自己写表达式", "An expression of my own")],
    ];
    return [
      select("who-kind", say("办理人", "Done by"), options(kinds), () => one.kind, (kind) => write({ kind })),
      one.kind === "post" && select("who-role", say("岗位", "Post"), this.facts.roles, () => one.role, (role) => write({ role })),
      one.kind === "post" && select("who-scope", say("哪一级", "At"), options([["village", say("该户所在村", "the village")], ["town", say("所在乡镇", "the town")], ["county", say("所在区县", "the county")]], one.scope), () => one.scope, (scope) => write({ scope })),
      (one.kind === "person" || one.kind === "leader") && select("who-field", say("取自字段", "From the field"), options(pairs(this.fields(element, one.kind === "person" ? ["person"] : ["unit"])), one.field), () => one.field, (field) => write({ field })),
      one.kind === "judge" && select("who-level", say("至少", "At least"), options([["town", say("乡镇", "town")], ["county", say("区县", "county")]]), () => one.level, (level) => write({ level })),
      one.kind === "other" && text("who-text", say("表达式", "Expression"), () => one.text, (value) => write({ text: value ?? "" })),
      select("separate", say("不得与此步骤同一人", "Must differ from whoever did"), [{ value: "", label: "—" }, ...this.tasks(element)], ...this.property(element, "separate_from")),
    ];
  }

  tasks(element) {
    return this.services.registry
      .filter((other) => is(other, "bpmn:UserTask") && other !== element && !other.labelTarget)
      .map((other) => ({ value: other.id, label: getBusinessObject(other).name || other.id }));
  }

  // -- by when ---------------------------------------------------------------------------------

  deadline(element) {
    const read = () => getBusinessObject(element).get("camunda:dueDate") ?? "";
    return this.date("deadline", element, readDate(read()), (date) => this.update(element, { "camunda:dueDate": date }));
  }

  date(id, element, one, write) {
    const change = (more) => write(writeDate({ ...one, ...more }));
    const kinds = [
      ["none", say("（无期限）", "(no deadline)")],
      ["milestone", say("某个节点当天", "On a milestone")],
      ["workdays_before", say("节点前若干工作日", "Working days before a milestone")],
      ["days_before", say("节点前若干天", "Days before a milestone")],
      ["days_after", say("节点后若干天", "Days after a milestone")],
      ["workdays_on", say("到达后若干工作日", "Working days after it arrives")],
      ["days_on", say("到达后若干天", "Days after it arrives")],
      ["hours_on", say("到达后若干小时", "Hours after it arrives")],
      ["fixed", say("固定日期", "A fixed date")],
      ["field", say("表单里填的日期", "The date in a form's field")],
      ["workdays_field", say("表单日期后若干工作日", "Working days after the date in a field")],
      ["days_field", say("表单日期后若干天", "Days after the date in a field")],
      ["other", say("自己写表达式", "An expression of my own")],
    ];
    const dated = ["field", "workdays_field", "days_field"];
    const miles = ["milestone", "workdays_before", "days_before", "days_after"];
    return [
      select(`${id}-kind`, say("期限", "Deadline"), options(kinds), () => one.kind, (kind) => change({ kind, text: one.text })),
      miles.includes(one.kind) && select(`${id}-milestone`, say("节点", "Milestone"), this.facts.milestones, () => one.milestone, (milestone) => change({ milestone })),
      one.count !== undefined && text(`${id}-count`, one.kind === "hours_on" ? say("小时数", "Hours") : say("天数", "Days"), () => one.count, (count) => change({ count }), { validate: wholeNumber }),
      one.kind === "fixed" && text(`${id}-date`, say("日期（如 2030-09-24）", "Date (such as 2030-09-24)"), () => one.date, (date) => change({ date }), { validate: aDate }),
      dated.includes(one.kind) && select(`${id}-field`, say("字段", "Field"), options(pairs(this.fields(element, ["date", "datetime"])), one.field), () => one.field, (field) => change({ field })),
      one.kind === "other" && text(`${id}-text`, say("表达式", "Expression"), () => one.text, (value) => write(value || undefined)),
    ];
  }

  // -- status and escalation -----------------------------------------------------------------------

  step(element, task) {
    return [
      select("status", say("到达后的状态", "Status from here on"), options([["", "—"], ...pairs(this.facts.statuses)], property(element, "status")), ...this.property(element, "status")),
      text("status-own", say("或自定状态（英文代码）", "Or a status of your own (a code)"), ...this.property(element, "status")),
      task && select("escalation", say("提醒与督办安排", "Reminders and escalation"), options([["", "—"], ...pairs(this.facts.escalations)], property(element, "escalation")), ...this.property(element, "escalation")),
      task && select("guard", say("提交前核对", "Checked before it is sent"), options([["", "—"], ...pairs(this.facts.guards)], property(element, "guard")), ...this.property(element, "guard")),
    ];
  }

  english(element) {
    return [
      text("name-en", say("英文名称", "Name in English"), ...this.property(element, "name_en")),
      is(element, "bpmn:Task") && longText("documentation-en", say("英文说明", "What is asked, in English"), ...this.property(element, "documentation_en")),
    ];
  }

  // -- conditions ------------------------------------------------------------------------------

  conditional(element) {
    return is(element, "bpmn:SequenceFlow") && (is(element.source, "bpmn:ExclusiveGateway") || is(element.source, "bpmn:InclusiveGateway") || is(element.source, "bpmn:Activity"));
  }

  condition(element) {
    const business = getBusinessObject(element);
    const isDefault = getBusinessObject(element.source).get("default") === business;
    const mode = isDefault ? "default" : business.conditionExpression ? "when" : "none";
    const one = readCondition(business.conditionExpression?.body);
    const write = (change) => this.setCondition(element, writeCondition({ ...one, ...change }));
    const choose = (chosen) => {
      this.update(element.source, { default: chosen === "default" ? business : isDefault ? undefined : getBusinessObject(element.source).get("default") });
      if (chosen !== "when") this.setCondition(element, "");
      else if (!business.conditionExpression) this.setCondition(element, this.firstClause());
    };
    const modes = [["none", say("（没有条件）", "(no condition)")], ["when", say("满足条件时", "When something holds")], ["default", say("其他情况都走这里", "In every other case")]];
    const raw = one.text !== undefined;
    return [
      select("way", say("何时走", "Taken"), options(modes), () => mode, choose),
      mode === "when" && !raw && one.clauses.length > 1 && select("joined", say("各条之间", "Together"), options([["and", say("同时满足", "all of them")], ["or", say("满足任一", "any of them")]]), () => one.joined, (joined) => write({ joined })),
      ...(mode === "when" && !raw ? one.clauses.flatMap((clause, at) => this.clause(element, one, clause, at, write)) : []),
      mode === "when" && !raw && select("another", say("再加一条", "One more"), [{ value: "", label: "—" }, ...this.fields(element)], () => "", (field) => field && write({ clauses: [...one.clauses, this.begun(field)] })),
      mode === "when" && text("condition-text", say("表达式", "As an expression"), () => writeCondition(one), (value) => this.setCondition(element, value ?? "")),
    ];
  }

  clause(element, one, clause, at, write) {
    const change = (more) => write({ clauses: one.clauses.map((other, place) => (place === at ? { ...clause, ...more } : other)) });
    const field = fieldsOf(this.services.registry).find((known) => known.id === clause.field);
    const answers = answersOf(field);
    const values = answers ? options(pairs(answers), clause.value) : null;
    const signs = [["=", say("是", "is")], ["!=", say("不是", "is not")], ["<", "<"], ["<=", "≤"], [">", ">"], [">=", "≥"]];
    return [
      select(`clause-${at}-field`, say(`条件 ${at + 1}`, `Condition ${at + 1}`), options([...pairs(this.fields(element)), ["", say("（删去这一条）", "(take this one out)")]], clause.field), () => clause.field, (id) => (id ? change(this.begun(id)) : write({ clauses: one.clauses.filter((_, place) => place !== at) }))),
      select(`clause-${at}-sign`, " ", options(signs), () => clause.sign, (sign) => change({ sign })),
      values
        ? select(`clause-${at}-value`, " ", values, () => clause.value, (value) => change({ value, quoted: quotedFor(field) }))
        : text(`clause-${at}-value`, " ", () => clause.value, (value) => change({ value: value ?? "", quoted: !/^-?\d+(\.\d+)?$/.test(value ?? "") })),
    ];
  }

  begun(id) {
    const field = fieldsOf(this.services.registry).find((known) => known.id === id);
    return { field: id, sign: "=", value: answersOf(field)?.[0]?.value ?? "", quoted: quotedFor(field) };
  }

  firstClause() {
    const [first] = fieldsOf(this.services.registry);
    return first ? writeCondition({ joined: "and", clauses: [this.begun(first.id)] }) : "true";
  }

  setCondition(element, body) {
    const business = getBusinessObject(element);
    if (!body) return this.update(element, { conditionExpression: undefined });
    const expression = this.services.bpmnFactory.create("bpmn:FormalExpression", { body });
    expression.$parent = business;
    return this.update(element, { conditionExpression: expression });
  }

  // -- timers ----------------------------------------------------------------------------------

  timer(element) {
    return (getBusinessObject(element).eventDefinitions ?? []).find((one) => is(one, WITH_TIMER));
  }

  when(element) {
    const definition = this.timer(element);
    const kind = ["timeDate", "timeDuration", "timeCycle"].find((one) => definition.get(one)) ?? "timeDate";
    const body = definition.get(kind)?.body ?? "";
    const set = (which, content) => this.setTimer(element, definition, which, content);
    const kinds = [["timeDate", say("到某一时刻", "At a moment")], ["timeDuration", say("过一段时间", "After a while")], ["timeCycle", say("每隔一段时间", "Again and again")]];
    const first = { timeDate: "${milestone('reverify')}", timeDuration: "P1D", timeCycle: "R/P1D" };
    const chosen = select("timer-kind", say("方式", "How"), options(kinds), () => kind, (which) => set(which, first[which]));
    if (kind === "timeDate") return [chosen, ...this.date("timer", element, readDate(body), (date) => set(kind, date))];
    const one = readDuration(body);
    const units = [["minutes", say("分钟", "minutes")], ["hours", say("小时", "hours")], ["days", say("天", "days")], ["other", say("自己写", "written by hand")]];
    const write = (change) => set(kind, writeDuration({ ...one, ...change }, kind === "timeCycle"));
    return [
      chosen,
      select("timer-unit", say("单位", "Unit"), options(units), () => one.kind, (unit) => write({ kind: unit, text: body })),
      one.kind === "other" ? text("timer-text", say("时长（ISO 8601）", "Duration (ISO 8601)"), () => body, (value) => set(kind, value)) : text("timer-count", say("多少", "How many"), () => one.count, (count) => write({ count }), { validate: wholeNumber }),
    ];
  }

  setTimer(element, definition, kind, body) {
    const values = { timeDate: undefined, timeDuration: undefined, timeCycle: undefined };
    if (body) {
      values[kind] = this.services.bpmnFactory.create("bpmn:FormalExpression", { body });
      values[kind].$parent = definition;
    }
    this.services.modeling.updateModdleProperties(element, definition, values);
  }

  // -- messages --------------------------------------------------------------------------------

  sends(element) {
    const throws = is(element, "bpmn:ThrowEvent") && (getBusinessObject(element).eventDefinitions ?? []).some((one) => is(one, "bpmn:MessageEventDefinition"));
    return throws || is(element, "bpmn:SendTask");
  }

  receiver(element) {
    const [get, set] = this.property(element, "key");
    const one = readReceiver(get());
    const kinds = [
      ["none", say("（未选：业务键相同的事项）", "(not chosen: work with the same business key)")],
      ["own", say("业务键相同的事项", "Work with the same business key")],
      ["ticket", say("这张工单", "The ticket")],
      ["household", say("这一户", "The household")],
      ["village", say("所在村", "The village")],
      ["unit", say("这个单位", "The unit")],
      ["case", say("这件专项事项", "The case")],
      ["other", say("自己写表达式", "An expression of my own")],
    ];
    return [
      select("receiver-kind", say("送给", "Goes to"), options(kinds), () => one.kind, (kind) => set(writeReceiver({ kind, text: get() }))),
      one.kind === "other" && text("receiver-text", say("表达式", "Expression"), () => one.text, set),
      text("receiver-life", say("无人接收时保留多久（如 P3D；空着为 30 天）", "Kept while nobody takes it (such as P3D; empty: 30 days)"), ...this.property(element, "timeToLive"), { validate: aDuration }),
    ];
  }

  catches(element) {
    const hasMessage = (getBusinessObject(element).eventDefinitions ?? []).some((one) => is(one, "bpmn:MessageEventDefinition"));
    return is(element, "bpmn:ReceiveTask") || (is(element, "bpmn:CatchEvent") && !is(element, "bpmn:StartEvent") && hasMessage);
  }

  senders(element) {
    return this.posts("sender", say("可由这一岗位发送", "May be sent by"), ...this.property(element, "senders"));
  }

  // -- processes that people start -------------------------------------------------------------

  processOf(element) {
    const business = getBusinessObject(element);
    return is(element, "bpmn:Process") ? business : is(element, "bpmn:Participant") ? business.get("processRef") : undefined;
  }

  starters(element) {
    const process = this.processOf(element);
    const get = (name) => process.get(`camunda:${name}`);
    const set = (name, value) => this.services.modeling.updateModdleProperties(element, process, { [`camunda:${name}`]: value || undefined });
    const ways = [["", say("只由系统发起", "By the system alone")], ["true", say("可由人发起", "By people too")]];
    return [
      select("startable", say("如何发起", "How it is started"), options(ways), () => (get("isStartableInTasklist") ? "true" : ""), (value) => set("isStartableInTasklist", value === "true")),
      ...this.posts("starter", say("可由这一岗位发起", "May be started by"), () => get("candidateStarterGroups") ?? "", (groups) => set("candidateStarterGroups", groups)),
    ];
  }

  // Posts of a list with commas, one entry each, and one more to choose.
  posts(id, label, get, set) {
    const chosen = get().split(",").map((one) => one.trim()).filter(Boolean);
    const put = (roles) => set([...new Set(roles.filter(Boolean))].join(","));
    const out = ["", say("（删去这一岗位）", "(take this post out)")];
    return [
      ...chosen.map((role, at) => select(`${id}-${at}`, `${label} ${at + 1}`, options([...pairs(this.facts.roles), out], role), () => role, (other) => put(chosen.with(at, other)))),
      select(`${id}-more`, chosen.length ? say("再加一个岗位", "One more post") : label, [{ value: "", label: "—" }, ...this.facts.roles.filter((one) => !chosen.includes(one.value))], () => "", (role) => role && put([...chosen, role])),
    ];
  }

  // -- services, tables, other processes ---------------------------------------------------------

  service(element) {
    const [get] = this.attribute(element, "camunda:topic");
    const set = (topic) => this.update(element, { "camunda:type": topic ? "external" : undefined, "camunda:topic": topic || undefined });
    return [select("topic", say("办什么", "What"), options([["", "—"], ...pairs(this.facts.services)], get()), get, set)];
  }

  decision(element) {
    const [get] = this.attribute(element, "camunda:decisionRef");
    const shapes = [["singleEntry", say("一个值", "one value")], ["singleResult", say("一行", "one row")], ["collectEntries", say("一列", "one column")], ["resultList", say("全部", "everything")]];
    return [
      select("table", say("用哪张表", "Table"), options([["", "—"], ...pairs(this.facts.decisions)], get()), ...this.attribute(element, "camunda:decisionRef")),
      text("result", say("结果存入", "Its result is called"), ...this.attribute(element, "camunda:resultVariable")),
      select("shape", say("结果取", "What of it"), options(shapes), ...this.attribute(element, "camunda:mapDecisionResult")),
    ];
  }

  called(element) {
    const [get] = this.attribute(element, "calledElement");
    return [select("called", say("流程", "Process"), options([["", "—"], ...pairs(this.facts.processes)], get()), ...this.attribute(element, "calledElement"))];
  }
}
OwnersPanel.$inject = ["propertiesPanel", "injector", "facts"];

function pairs(choices) {
  return choices.map((one) => [one.value, one.label]);
}

// What stands in the diagram is always among the choices, known or not.
function options(known, current) {
  const found = known.map(([value, label]) => ({ value, label }));
  if (current && !found.some((one) => one.value === current)) found.push({ value: current, label: current });
  return found;
}

function answersOf(field) {
  if (!field) return null;
  if (field.type === "boolean") return [{ value: "true", label: say("是", "yes") }, { value: "false", label: say("否", "no") }];
  if (field.type === "yes_no_na") return [{ value: "yes", label: say("是", "yes") }, { value: "no", label: say("否", "no") }, { value: "na", label: say("不涉及", "does not apply") }];
  return field.options.length ? field.options : null;
}

function quotedFor(field) {
  return !["boolean", "number", "money", "long", "integer"].includes(field?.type);
}

function wholeNumber(value) {
  return /^\d{1,4}$/.test(value ?? "") ? null : say("请填写整数", "A whole number, please");
}

function aDuration(value) {
  return !value || /[$#]\{/.test(value) || /^P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?)$/.test(value) ? null : say("请写成 P3D（3 天）或 PT12H（12 小时）的样子", "Written as P3D (3 days) or PT12H (12 hours), please");
}

function aDate(value) {
  return /^\d{4}-\d\d-\d\d$/.test(value ?? "") ? null : say("请写成 2030-09-24 的样子", "Written as 2030-09-24, please");
}

export const Panel = (facts) => ({ __init__: ["ownersPanel"], ownersPanel: ["type", OwnersPanel], facts: ["value", facts] });
