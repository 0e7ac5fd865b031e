-- Publishes one brand, all or nothing.
-- KEYS  brand, ledger, launches, campaigns, brands:{partition}, updates, history, rank, alerts,
--       then one hash for each launch, one for each campaign and one for each alert
-- ARGV  brand, partition, incarnation, three offsets, evaluation time, prefix,
--       MAXLEN of updates, MAXLEN of history, history hour in ms, base version or '',
--       then five lists, each after its count: field pairs, ledger pairs, ledger days to remove,
--       history pairs, and launches and campaigns as (member, score, field pairs after their count);
--       then the alerts after their count, each as (kind, count, field pairs)
-- Replies {'published', version} | {'refused', stored version} | {'base', stored version}
-- The last: the ledger came as a difference from another version than the stored one.
--
-- All reads come first, so that a key of a wrong type fails before anything is written. The first
-- write is one that a full server denies, so that it is denied as a whole.

local brand, partition = ARGV[1], ARGV[2]
local incoming = {incarnation = ARGV[3], offsets = {ARGV[4], ARGV[5], ARGV[6]}}
local prefix = ARGV[8]
local base = ARGV[12]

local at = 13
local function list(width)
  local items = {}
  local size = tonumber(ARGV[at]) * width
  for i = 1, size do items[i] = ARGV[at + i] end
  at = at + size + 1
  return items
end
local function activity_list()
  local items = {}
  local size = tonumber(ARGV[at])
  at = at + 1
  for i = 1, size do
    local member, score = ARGV[at], ARGV[at + 1]
    at = at + 2
    items[i] = {member = member, score = score, fields = list(2)}
  end
  return items
end
local fields, lines, gone_days = list(2), list(2), list(1)
local history = list(2)
local activities = {
  {kind = 'launch', index = KEYS[3], items = activity_list()},
  {kind = 'campaign', index = KEYS[4], items = activity_list()},
}
local alerts = {}
for i = 1, tonumber(ARGV[at]) do
  local kind, pairs_list = ARGV[at + 1], {}
  local size = tonumber(ARGV[at + 2]) * 2
  for j = 1, size do pairs_list[j] = ARGV[at + 2 + j] end
  alerts[i] = {kind = kind, fields = pairs_list}
  at = at + 2 + size
end

-- Reads and comparisons.
local stored = as_table(redis.call('HGETALL', KEYS[1]))
local previous = parse(stored.version)
local limit = latest()
incoming.at = clamp(ARGV[7], limit)
if previous then
  local order = progress(previous, incoming)
  if order < 0 or (order == 0 and compare(incoming.at, clamp(previous.at, limit)) < 0) then
    return {'refused', stored.version}
  end
end
if base ~= '' and base ~= stored.version then return {'base', stored.version or ''} end

local version = table.concat({
  incoming.incarnation, partition, table.concat(incoming.offsets, ','), incoming.at,
}, ':')

-- Returns the pairs to set and the names to remove that turn an old hash into a new one.
local function difference(old, new)
  local set, gone = {}, {}
  for name, value in pairs(new) do
    if old[name] ~= value then
      set[#set + 1] = name
      set[#set + 1] = value
    end
  end
  for name in pairs(old) do
    if not new[name] then gone[#gone + 1] = name end
  end
  return set, gone
end

local wanted = as_table(fields)
wanted.version = version
local set, gone = difference(stored, wanted)
local unremarkable = 0
for _, name in ipairs({'version', 'as_of'}) do
  if stored[name] ~= wanted[name] then unremarkable = unremarkable + 2 end
end

local set_lines = lines
if base == '' then
  set_lines, gone_days = difference(as_table(redis.call('HGETALL', KEYS[2])), as_table(lines))
end
local changed = #set > unremarkable or #gone > 0 or #set_lines > 0 or #gone_days > 0

local next_hash = 10
local scores, details, gone_members, gone_hashes = {}, {}, {}, {}
for position, activity in ipairs(activities) do
  local old = as_table(redis.call('ZRANGE', activity.index, 0, -1, 'WITHSCORES'))
  scores[position], gone_members[position] = {}, {}
  for _, item in ipairs(activity.items) do
    if not old[item.member] or tonumber(old[item.member]) ~= tonumber(item.score) then
      table.insert(scores[position], item.score)
      table.insert(scores[position], item.member)
    end
    old[item.member] = nil
    local key = KEYS[next_hash]
    next_hash = next_hash + 1
    local detail = {key = key}
    detail.set, detail.gone = difference(
      as_table(redis.call('HGETALL', key)), as_table(item.fields))
    if #detail.set > 0 or #detail.gone > 0 then details[#details + 1] = detail end
  end
  for member in pairs(old) do
    table.insert(gone_members[position], member)
    -- Not among KEYS: only the stored index knows of a launch that is no more.
    gone_hashes[#gone_hashes + 1] = prefix .. activity.kind .. ':' .. brand .. ':' .. member
  end
  changed = changed or #scores[position] > 0 or #gone_members[position] > 0
end
changed = changed or #details > 0

for _, alert in ipairs(alerts) do
  alert.key = KEYS[next_hash]
  next_hash = next_hash + 1
  local had, new = as_table(redis.call('HGETALL', alert.key)), as_table(alert.fields)
  alert.gone = {}
  for name, value in pairs(new) do alert.moved = alert.moved or had[name] ~= value end
  for name in pairs(had) do
    if not new[name] then table.insert(alert.gone, name) end
  end
  alert.entered = had.state ~= new.state or had.since ~= new.since
  -- Where nothing was known before, that nothing is known now is no news.
  if not had.state and new.state == 'unknown' then alert.entered = false end
  changed = changed or alert.entered
end

redis.call('SISMEMBER', KEYS[5], brand)
redis.call('XLEN', KEYS[9])
redis.call('XLEN', KEYS[6])
redis.call('ZSCORE', KEYS[8], brand)

-- Writes. An hour that lies ahead of this server is left out: it would block all until then.
if #history > 0 and compare(ARGV[7], limit) <= 0 then
  local reply = redis.pcall(
    'XADD', KEYS[7], 'MAXLEN', '~', ARGV[10], ARGV[11] .. '-0', unpack(history))
  if type(reply) == 'table' and reply.err and not reply.err:find('equal or smaller', 1, true) then
    return reply
  end
end
each('HSET', KEYS[1], set)
each('HDEL', KEYS[1], gone)
each('HSET', KEYS[2], set_lines)
each('HDEL', KEYS[2], gone_days)
for position, activity in ipairs(activities) do
  each('ZADD', activity.index, scores[position])
  each('ZREM', activity.index, gone_members[position])
end
for _, detail in ipairs(details) do
  each('HSET', detail.key, detail.set)
  each('HDEL', detail.key, detail.gone)
end
for _, key in ipairs(gone_hashes) do redis.call('DEL', key) end

for _, alert in ipairs(alerts) do
  if alert.moved or #alert.gone > 0 then
    each('HDEL', alert.key, alert.gone)
    each('HSET', alert.key, alert.fields)
  end
  if alert.entered then
    redis.call('XADD', KEYS[9], 'MAXLEN', '~', ARGV[9], '*',
      'brand', brand, 'kind', alert.kind, unpack(alert.fields))
  end
end

redis.call('SADD', KEYS[5], brand)
if previous and previous.partition ~= partition then
  redis.call('SREM', prefix .. 'brands:' .. previous.partition, brand)
end
if wanted.influence_index then
  redis.call('ZADD', KEYS[8], wanted.influence_index, brand)
elseif stored.influence_index then
  redis.call('ZREM', KEYS[8], brand)
end
if changed then
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[9], '*', 'brand', brand, 'version', version)
end
return {'published', version}
