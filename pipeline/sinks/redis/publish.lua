-- Publishes one brand whole, all or nothing.
-- KEYS  brand, ledger, launches, campaigns, brands:{partition}, updates, history, rank, alerts,
--       then one hash for each launch, one for each campaign and one for each alert
-- ARGV  one list as MessagePack, all numbers as text: brand, partition, incarnation, three offsets,
--       evaluation time, prefix, MAXLEN of updates and of history, history hour in ms, fields,
--       ledger lines by day, list of history pairs, launches, campaigns and alerts, the former each
--       as (member, score, fields), the latter as (kind, list of field pairs)
-- Replies 'published <version>' | {'refused', stored version}
--
-- All reads come first, so that a key of a wrong type fails before anything is written. The first
-- write is one that a full server denies, so that it is denied as a whole.

local brand, partition, incarnation, offsets, at, prefix, updates_length, history_length, hour,
  wanted, lines, history, launches, campaigns, alerts = unpack(cmsgpack.unpack(ARGV[1]))
local incoming = {incarnation = incarnation, offsets = offsets, at = at}
local activities = {
  {kind = 'launch', index = KEYS[3], items = launches},
  {kind = 'campaign', index = KEYS[4], items = campaigns},
}

-- Reads and comparisons.
local stored = as_table(redis.call('HGETALL', KEYS[1]))
local previous = parse(stored.version)
local limit = latest()
local version = succeed(previous, incoming, partition, limit)
if not version then return {'refused', stored.version} end

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

wanted.version = version
local set, gone = difference(stored, wanted)
local unremarkable = 0
for _, name in ipairs({'version', 'as_of'}) do
  if stored[name] ~= wanted[name] then unremarkable = unremarkable + 2 end
end

local set_lines, gone_days = difference(as_table(redis.call('HGETALL', KEYS[2])), lines)
local changed = #set > unremarkable or #gone > 0 or #set_lines > 0 or #gone_days > 0

local next_hash = 10
local scores, details, gone_members, gone_hashes = {}, {}, {}, {}
for position, activity in ipairs(activities) do
  local old = as_table(redis.call('ZRANGE', activity.index, 0, -1, 'WITHSCORES'))
  scores[position], gone_members[position] = {}, {}
  for _, item in ipairs(activity.items) do
    local member, score, fields = unpack(item)
    if not old[member] or tonumber(old[member]) ~= tonumber(score) then
      table.insert(scores[position], score)
      table.insert(scores[position], member)
    end
    old[member] = nil
    local key = KEYS[next_hash]
    next_hash = next_hash + 1
    local detail = {key = key}
    detail.set, detail.gone = difference(as_table(redis.call('HGETALL', key)), fields)
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

for position, given in ipairs(alerts) do
  local alert = {kind = given[1], fields = given[2], key = KEYS[next_hash]}
  next_hash = next_hash + 1
  look_at(alert)
  alerts[position] = alert
  changed = changed or alert.entered
end

redis.call('SISMEMBER', KEYS[5], brand)
redis.call('XLEN', KEYS[9])
redis.call('XLEN', KEYS[6])
redis.call('ZSCORE', KEYS[8], brand)

-- Writes.
local failed = write_history(KEYS[7], history_length, hour, history, at, limit)
if failed then return failed end
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
for _, alert in ipairs(alerts) do write_alert(alert, brand, KEYS[9], updates_length) end

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
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', updates_length, '*', 'brand', brand, 'version', version)
end
return {ok = 'published ' .. version}
