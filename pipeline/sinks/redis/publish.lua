-- Publishes one brand, all or nothing.
-- KEYS  brand, ledger, launches, campaigns, brands:{partition}, updates, history, rank,
--       then one hash for each launch and one for each campaign
-- ARGV  brand, partition, incarnation, three offsets, evaluation time, prefix,
--       MAXLEN of updates, MAXLEN of history, history hour in ms, base version or '',
--       then five lists, each after its count: field pairs, ledger pairs, ledger days to remove,
--       history pairs, and launches and campaigns as (member, score, name, start, ends_at or '')
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
local fields, lines, gone_days = list(2), list(2), list(1)
local history = list(2)
local activities = {
  {kind = 'launch', index = KEYS[3], items = list(5)},
  {kind = 'campaign', index = KEYS[4], items = list(5)},
}

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
local changed = false

local wanted = as_table(fields)
local set, gone = {'version', version}, {}
for name, value in pairs(wanted) do
  if stored[name] ~= value then
    set[#set + 1] = name
    set[#set + 1] = value
    if name ~= 'as_of' then changed = true end
  end
end
for name in pairs(stored) do
  if name ~= 'version' and not wanted[name] then
    gone[#gone + 1] = name
    changed = true
  end
end

local set_lines = lines
if base == '' then
  local old_lines, new_lines = as_table(redis.call('HGETALL', KEYS[2])), as_table(lines)
  set_lines = {}
  for day, line in pairs(new_lines) do
    if old_lines[day] ~= line then
      set_lines[#set_lines + 1] = day
      set_lines[#set_lines + 1] = line
    end
  end
  for day in pairs(old_lines) do
    if not new_lines[day] then gone_days[#gone_days + 1] = day end
  end
end
changed = changed or #set_lines > 0 or #gone_days > 0

local next_hash = 9
local scores, details, gone_members, gone_hashes = {}, {}, {}, {}
for position, activity in ipairs(activities) do
  local old = as_table(redis.call('ZRANGE', activity.index, 0, -1, 'WITHSCORES'))
  scores[position], gone_members[position] = {}, {}
  for i = 1, #activity.items, 5 do
    local member, score = activity.items[i], activity.items[i + 1]
    local name, start, ends = unpack(activity.items, i + 2, i + 4)
    if not old[member] or tonumber(old[member]) ~= tonumber(score) then
      table.insert(scores[position], score)
      table.insert(scores[position], member)
    end
    old[member] = nil
    local key = KEYS[next_hash]
    next_hash = next_hash + 1
    local had = redis.call('HMGET', key, 'name', 'start', 'ends_at')
    if had[1] ~= name or had[2] ~= start or (had[3] or '') ~= ends then
      details[#details + 1] = {key = key, name = name, start = start, ends = ends}
    end
  end
  for member in pairs(old) do
    table.insert(gone_members[position], member)
    -- Not among KEYS: only the stored index knows of a launch that is no more.
    gone_hashes[#gone_hashes + 1] = prefix .. activity.kind .. ':' .. brand .. ':' .. member
  end
  changed = changed or #scores[position] > 0 or #gone_members[position] > 0
end
changed = changed or #details > 0

redis.call('SISMEMBER', KEYS[5], brand)
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
  redis.call('HSET', detail.key, 'name', detail.name, 'start', detail.start)
  if detail.ends == '' then
    redis.call('HDEL', detail.key, 'ends_at')
  else
    redis.call('HSET', detail.key, 'ends_at', detail.ends)
  end
end
for _, key in ipairs(gone_hashes) do redis.call('DEL', key) end

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
