"""States, alerts, incidents and notifications"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('alert_book',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('next_alert', sa.BigInteger(), nullable=False),
    sa.Column('next_incident', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_alert_book_single')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_book'))
    )
    op.create_table('batches',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('thread', sa.String(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('channels', sa.JSON(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.Double(), nullable=False),
    sa.Column('claimed_at', sa.Double(), nullable=True),
    sa.Column('sent_at', sa.Double(), nullable=True),
    sa.Column('last_error', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batches'))
    )
    with op.batch_alter_table('batches', schema=None) as batch_op:
        batch_op.create_index('ix_batches_person', ['person', 'created_at'], unique=False)
        batch_op.create_index('ix_batches_state_due', ['state', 'due_at'], unique=False)

    op.create_table('heartbeats',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeats'))
    )
    op.create_table('incidents',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('root_key', sa.String(), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('severity', sa.SmallInteger(), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('opened_at', sa.Double(), nullable=False),
    sa.Column('resolved_at', sa.Double(), nullable=True),
    sa.Column('symptoms', sa.Integer(), nullable=False),
    sa.Column('reopened', sa.Integer(), nullable=False),
    sa.Column('merged_into', sa.BigInteger(), nullable=True),
    sa.Column('ticket', sa.String(), nullable=False),
    sa.Column('simulated', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incidents'))
    )
    with op.batch_alter_table('incidents', schema=None) as batch_op:
        batch_op.create_index('ix_incidents_opened', ['opened_at'], unique=False)
        batch_op.create_index('ix_incidents_resolved', ['resolved_at'], unique=False)
        batch_op.create_index('uq_incidents_open', ['root_key'], unique=True, sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))

    op.create_table('maintenance',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('matchers', sa.JSON(), nullable=False),
    sa.Column('author', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.Column('starts_at', sa.Double(), nullable=False),
    sa.Column('ends_at', sa.Double(), nullable=True),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('duration', sa.Double(), nullable=False),
    sa.Column('cancelled_at', sa.Double(), nullable=True),
    sa.Column('cancelled_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_maintenance'))
    )
    with op.batch_alter_table('maintenance', schema=None) as batch_op:
        batch_op.create_index('ix_maintenance_starts', ['starts_at'], unique=False)

    op.create_table('silences',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('matchers', sa.JSON(), nullable=False),
    sa.Column('author', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.Column('starts_at', sa.Double(), nullable=False),
    sa.Column('ends_at', sa.Double(), nullable=False),
    sa.Column('ended_by', sa.String(), nullable=False),
    sa.CheckConstraint('ends_at >= starts_at', name=op.f('ck_silences_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_silences'))
    )
    with op.batch_alter_table('silences', schema=None) as batch_op:
        batch_op.create_index('ix_silences_ends', ['ends_at'], unique=False)

    op.create_table('state_corrections',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('from_at', sa.Double(), nullable=False),
    sa.Column('to_at', sa.Double(), nullable=False),
    sa.Column('author', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('withdrawn_at', sa.Double(), nullable=True),
    sa.Column('withdrawn_by', sa.String(), nullable=False),
    sa.CheckConstraint('to_at > from_at', name=op.f('ck_state_corrections_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_state_corrections'))
    )
    with op.batch_alter_table('state_corrections', schema=None) as batch_op:
        batch_op.create_index('ix_state_corrections_subject_from', ['subject', 'from_at'], unique=False)

    op.create_table('states',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('from_at', sa.Double(), nullable=False),
    sa.Column('to_at', sa.Double(), nullable=True),
    sa.CheckConstraint('to_at IS NULL OR to_at >= from_at', name=op.f('ck_states_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_states'))
    )
    with op.batch_alter_table('states', schema=None) as batch_op:
        batch_op.create_index('ix_states_subject_from', ['subject', 'from_at'], unique=False)
        batch_op.create_index('ix_states_to', ['to_at'], unique=False)
        batch_op.create_index('uq_states_present', ['subject'], unique=True, sqlite_where=sa.text('to_at IS NULL'), postgresql_where=sa.text('to_at IS NULL'))

    op.create_table('alerts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('component', sa.JSON(), nullable=False),
    sa.Column('severity', sa.SmallInteger(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.Column('opened_at', sa.Double(), nullable=False),
    sa.Column('updated_at', sa.Double(), nullable=False),
    sa.Column('fired_at', sa.Double(), nullable=True),
    sa.Column('resolved_at', sa.Double(), nullable=True),
    sa.Column('said', sa.String(), nullable=False),
    sa.Column('said_since', sa.Double(), nullable=False),
    sa.Column('because_of', sa.String(), nullable=False),
    sa.Column('alone_since', sa.Double(), nullable=True),
    sa.Column('suppressed_by', sa.String(), nullable=False),
    sa.Column('flapping', sa.Boolean(), nullable=False),
    sa.Column('acknowledged_by', sa.String(), nullable=False),
    sa.Column('acknowledged_note', sa.String(), nullable=False),
    sa.Column('acknowledged_until', sa.Double(), nullable=True),
    sa.Column('incident', sa.BigInteger(), nullable=True),
    sa.Column('value', sa.Double(), nullable=True),
    sa.Column('limit_value', sa.Double(), nullable=True),
    sa.Column('simulated', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['incident'], ['incidents.id'], name=op.f('fk_alerts_incident')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alerts'))
    )
    with op.batch_alter_table('alerts', schema=None) as batch_op:
        batch_op.create_index('ix_alerts_device_opened', ['device', 'opened_at'], unique=False)
        batch_op.create_index('ix_alerts_incident', ['incident'], unique=False)
        batch_op.create_index('ix_alerts_key_opened', ['key', 'opened_at'], unique=False)
        batch_op.create_index('ix_alerts_opened', ['opened_at'], unique=False)
        batch_op.create_index('uq_alerts_open', ['key'], unique=True, sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))

    op.create_table('intents',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('incident', sa.BigInteger(), nullable=False),
    sa.Column('severity', sa.SmallInteger(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('planned_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['incident'], ['incidents.id'], name=op.f('fk_intents_incident')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intents'))
    )
    with op.batch_alter_table('intents', schema=None) as batch_op:
        batch_op.create_index('ix_intents_incident', ['incident'], unique=False)
        batch_op.create_index('ix_intents_unplanned', ['id'], unique=False, sqlite_where=sa.text('planned_at IS NULL'), postgresql_where=sa.text('planned_at IS NULL'))

    op.create_table('pages',
    sa.Column('incident', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('started_at', sa.Double(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('repeats', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['incident'], ['incidents.id'], name=op.f('fk_pages_incident')),
    sa.PrimaryKeyConstraint('incident', name=op.f('pk_pages'))
    )
    with op.batch_alter_table('pages', schema=None) as batch_op:
        batch_op.create_index('ix_pages_due', ['due_at'], unique=False)

    op.create_table('alert_events',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('alert', sa.BigInteger(), nullable=True),
    sa.Column('incident', sa.BigInteger(), nullable=True),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('severity', sa.SmallInteger(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['alert'], ['alerts.id'], name=op.f('fk_alert_events_alert')),
    sa.ForeignKeyConstraint(['incident'], ['incidents.id'], name=op.f('fk_alert_events_incident')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_events'))
    )
    with op.batch_alter_table('alert_events', schema=None) as batch_op:
        batch_op.create_index('ix_alert_events_at', ['at'], unique=False)
        batch_op.create_index('ix_alert_events_incident', ['incident', 'id'], unique=False)
        batch_op.create_index('ix_alert_events_key', ['key', 'id'], unique=False)

    op.create_table('deliveries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('dedup', sa.String(), nullable=False),
    sa.Column('intent', sa.BigInteger(), nullable=True),
    sa.Column('incident', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('severity', sa.SmallInteger(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.Column('due_at', sa.Double(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.JSON(), nullable=True),
    sa.Column('batch', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['batch'], ['batches.id'], name=op.f('fk_deliveries_batch')),
    sa.ForeignKeyConstraint(['incident'], ['incidents.id'], name=op.f('fk_deliveries_incident')),
    sa.ForeignKeyConstraint(['intent'], ['intents.id'], name=op.f('fk_deliveries_intent')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('dedup', name=op.f('uq_deliveries_dedup'))
    )
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_deliveries_incident', ['incident', 'id'], unique=False)
        batch_op.create_index('ix_deliveries_person', ['person', 'created_at'], unique=False)
        batch_op.create_index('ix_deliveries_state_due', ['state', 'due_at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.drop_index('ix_deliveries_state_due')
        batch_op.drop_index('ix_deliveries_person')
        batch_op.drop_index('ix_deliveries_incident')

    op.drop_table('deliveries')
    with op.batch_alter_table('alert_events', schema=None) as batch_op:
        batch_op.drop_index('ix_alert_events_key')
        batch_op.drop_index('ix_alert_events_incident')
        batch_op.drop_index('ix_alert_events_at')

    op.drop_table('alert_events')
    with op.batch_alter_table('pages', schema=None) as batch_op:
        batch_op.drop_index('ix_pages_due')

    op.drop_table('pages')
    with op.batch_alter_table('intents', schema=None) as batch_op:
        batch_op.drop_index('ix_intents_unplanned', sqlite_where=sa.text('planned_at IS NULL'), postgresql_where=sa.text('planned_at IS NULL'))
        batch_op.drop_index('ix_intents_incident')

    op.drop_table('intents')
    with op.batch_alter_table('alerts', schema=None) as batch_op:
        batch_op.drop_index('uq_alerts_open', sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))
        batch_op.drop_index('ix_alerts_opened')
        batch_op.drop_index('ix_alerts_key_opened')
        batch_op.drop_index('ix_alerts_incident')
        batch_op.drop_index('ix_alerts_device_opened')

    op.drop_table('alerts')
    with op.batch_alter_table('states', schema=None) as batch_op:
        batch_op.drop_index('uq_states_present', sqlite_where=sa.text('to_at IS NULL'), postgresql_where=sa.text('to_at IS NULL'))
        batch_op.drop_index('ix_states_to')
        batch_op.drop_index('ix_states_subject_from')

    op.drop_table('states')
    with op.batch_alter_table('state_corrections', schema=None) as batch_op:
        batch_op.drop_index('ix_state_corrections_subject_from')

    op.drop_table('state_corrections')
    with op.batch_alter_table('silences', schema=None) as batch_op:
        batch_op.drop_index('ix_silences_ends')

    op.drop_table('silences')
    with op.batch_alter_table('maintenance', schema=None) as batch_op:
        batch_op.drop_index('ix_maintenance_starts')

    op.drop_table('maintenance')
    with op.batch_alter_table('incidents', schema=None) as batch_op:
        batch_op.drop_index('uq_incidents_open', sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))
        batch_op.drop_index('ix_incidents_resolved')
        batch_op.drop_index('ix_incidents_opened')

    op.drop_table('incidents')
    op.drop_table('heartbeats')
    with op.batch_alter_table('batches', schema=None) as batch_op:
        batch_op.drop_index('ix_batches_state_due')
        batch_op.drop_index('ix_batches_person')

    op.drop_table('batches')
    op.drop_table('alert_book')
