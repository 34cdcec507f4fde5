"""Tickets, preventive work and the audit"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('detail', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index('ix_audit_action', ['action', 'id'], unique=False)
        batch_op.create_index('ix_audit_actor', ['actor', 'id'], unique=False)
        batch_op.create_index('ix_audit_at', ['at'], unique=False)
        batch_op.create_index('ix_audit_subject', ['kind', 'subject', 'id'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_audit_head_single')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('playbook_texts',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('playbook', sa.String(), nullable=False),
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('first_used_at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_playbook_texts'))
    )
    op.create_table('preventive_jobs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cause_key', sa.String(), nullable=False),
    sa.Column('due_from', sa.Double(), nullable=False),
    sa.Column('due_until', sa.Double(), nullable=False),
    sa.Column('playbook', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('minutes', sa.Double(), nullable=False),
    sa.Column('planned_start', sa.Double(), nullable=True),
    sa.Column('planned_end', sa.Double(), nullable=True),
    sa.Column('technician', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('folio', sa.String(), nullable=False),
    sa.Column('escalated_at', sa.Double(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_preventive_jobs')),
    sa.UniqueConstraint('cause_key', 'due_from', name=op.f('uq_preventive_jobs_cause_key_due_from'))
    )
    with op.batch_alter_table('preventive_jobs', schema=None) as batch_op:
        batch_op.create_index('ix_preventive_jobs_folio', ['folio'], unique=False)
        batch_op.create_index('ix_preventive_jobs_state_due', ['state', 'due_from'], unique=False)

    op.create_table('preventive_marks',
    sa.Column('cause_key', sa.String(), nullable=False),
    sa.Column('first_seen_at', sa.Double(), nullable=False),
    sa.Column('done_at', sa.Double(), nullable=True),
    sa.Column('meter', sa.Double(), nullable=True),
    sa.PrimaryKeyConstraint('cause_key', name=op.f('pk_preventive_marks'))
    )
    op.create_table('ticket_folios',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'year', name=op.f('pk_ticket_folios'))
    )
    op.create_table('tickets',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('folio', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('priority', sa.SmallInteger(), nullable=False),
    sa.Column('impact', sa.SmallInteger(), nullable=False),
    sa.Column('urgency', sa.SmallInteger(), nullable=False),
    sa.Column('title', sa.JSON(), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('reporter', sa.String(), nullable=False),
    sa.Column('assignee', sa.String(), nullable=False),
    sa.Column('incident', sa.BigInteger(), nullable=True),
    sa.Column('cause_key', sa.String(), nullable=False),
    sa.Column('open_cause', sa.String(), nullable=True),
    sa.Column('playbook', sa.String(), nullable=False),
    sa.Column('playbook_version', sa.String(), nullable=False),
    sa.Column('playbook_digest', sa.String(), nullable=False),
    sa.Column('opened_at', sa.Double(), nullable=False),
    sa.Column('updated_at', sa.Double(), nullable=False),
    sa.Column('scheduled_at', sa.Double(), nullable=True),
    sa.Column('hold_reason', sa.String(), nullable=False),
    sa.Column('calendar', sa.String(), nullable=False),
    sa.Column('respond_seconds', sa.Double(), nullable=True),
    sa.Column('resolve_seconds', sa.Double(), nullable=True),
    sa.Column('responded_at', sa.Double(), nullable=True),
    sa.Column('respond_due_at', sa.Double(), nullable=True),
    sa.Column('respond_breached_at', sa.Double(), nullable=True),
    sa.Column('warn_at', sa.Double(), nullable=True),
    sa.Column('warned_at', sa.Double(), nullable=True),
    sa.Column('due_at', sa.Double(), nullable=True),
    sa.Column('breached_at', sa.Double(), nullable=True),
    sa.Column('resolved_at', sa.Double(), nullable=True),
    sa.Column('closed_at', sa.Double(), nullable=True),
    sa.Column('cause_code', sa.String(), nullable=False),
    sa.Column('solution_code', sa.String(), nullable=False),
    sa.Column('solution', sa.String(), nullable=False),
    sa.Column('reopened', sa.Integer(), nullable=False),
    sa.Column('symptoms', sa.Integer(), nullable=False),
    sa.Column('simulated', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tickets')),
    sa.UniqueConstraint('folio', name=op.f('uq_tickets_folio')),
    sa.UniqueConstraint('open_cause', name=op.f('uq_tickets_open_cause'))
    )
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.create_index('ix_tickets_assignee', ['assignee', 'id'], unique=False)
        batch_op.create_index('ix_tickets_cause', ['cause_key', 'id'], unique=False)
        batch_op.create_index('ix_tickets_department', ['department', 'id'], unique=False)
        batch_op.create_index('ix_tickets_device', ['device', 'id'], unique=False)
        batch_op.create_index('ix_tickets_due', ['due_at'], unique=False, sqlite_where=sa.text("status IN ('open', 'assigned', 'in-progress')"), postgresql_where=sa.text("status IN ('open', 'assigned', 'in-progress')"))
        batch_op.create_index('ix_tickets_incident', ['incident'], unique=False)
        batch_op.create_index('ix_tickets_kind', ['kind', 'id'], unique=False)
        batch_op.create_index('ix_tickets_opened', ['opened_at'], unique=False)
        batch_op.create_index('ix_tickets_playbook', ['playbook', 'id'], unique=False)
        batch_op.create_index('ix_tickets_priority', ['priority', 'id'], unique=False)
        batch_op.create_index('ix_tickets_resolved', ['resolved_at'], unique=False)
        batch_op.create_index('ix_tickets_status', ['status', 'id'], unique=False)

    op.create_table('ticket_attachments',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('media_type', sa.String(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_attachments_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_attachments'))
    )
    with op.batch_alter_table('ticket_attachments', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_attachments_ticket', ['ticket', 'id'], unique=False)

    op.create_table('ticket_evidence',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.String(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('value', sa.Double(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('command', sa.String(), nullable=False),
    sa.Column('attachment', sa.BigInteger(), nullable=True),
    sa.Column('verdict', sa.String(), nullable=False),
    sa.Column('remark', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_evidence_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_evidence'))
    )
    with op.batch_alter_table('ticket_evidence', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_evidence_ticket', ['ticket', 'id'], unique=False)

    op.create_table('ticket_log',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('message', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_log_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_log'))
    )
    with op.batch_alter_table('ticket_log', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_log_ticket', ['ticket', 'id'], unique=False)

    op.create_table('ticket_parts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('serial', sa.String(), nullable=False),
    sa.Column('quantity', sa.Double(), nullable=False),
    sa.Column('unit_cost', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_parts_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_parts'))
    )
    with op.batch_alter_table('ticket_parts', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_parts_ticket', ['ticket', 'id'], unique=False)

    op.create_table('ticket_pauses',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('from_at', sa.Double(), nullable=False),
    sa.Column('to_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_pauses_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_pauses'))
    )
    with op.batch_alter_table('ticket_pauses', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_pauses_ticket', ['ticket', 'id'], unique=False)

    op.create_table('ticket_symptoms',
    sa.Column('ticket', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('joined_at', sa.Double(), nullable=False),
    sa.Column('recovered_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_symptoms_ticket')),
    sa.PrimaryKeyConstraint('ticket', 'key', name=op.f('pk_ticket_symptoms'))
    )
    with op.batch_alter_table('ticket_symptoms', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_symptoms_key', ['key'], unique=False)

    op.create_table('ticket_watchers',
    sa.Column('ticket', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_watchers_ticket')),
    sa.PrimaryKeyConstraint('ticket', 'person', name=op.f('pk_ticket_watchers'))
    )
    with op.batch_alter_table('ticket_watchers', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_watchers_person', ['person'], unique=False)

    op.create_table('ticket_words',
    sa.Column('word', sa.String(), nullable=False),
    sa.Column('ticket', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_words_ticket')),
    sa.PrimaryKeyConstraint('word', 'ticket', name=op.f('pk_ticket_words')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('ticket_words', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_words_ticket', ['ticket', 'word'], unique=False)

    op.create_table('ticket_work',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('minutes', sa.Double(), nullable=False),
    sa.Column('cost', sa.Double(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_work_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_work'))
    )
    with op.batch_alter_table('ticket_work', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_work_ticket', ['ticket', 'id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('ticket_work', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_work_ticket')

    op.drop_table('ticket_work')
    with op.batch_alter_table('ticket_words', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_words_ticket')

    op.drop_table('ticket_words')
    with op.batch_alter_table('ticket_watchers', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_watchers_person')

    op.drop_table('ticket_watchers')
    with op.batch_alter_table('ticket_symptoms', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_symptoms_key')

    op.drop_table('ticket_symptoms')
    with op.batch_alter_table('ticket_pauses', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_pauses_ticket')

    op.drop_table('ticket_pauses')
    with op.batch_alter_table('ticket_parts', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_parts_ticket')

    op.drop_table('ticket_parts')
    with op.batch_alter_table('ticket_log', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_log_ticket')

    op.drop_table('ticket_log')
    with op.batch_alter_table('ticket_evidence', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_evidence_ticket')

    op.drop_table('ticket_evidence')
    with op.batch_alter_table('ticket_attachments', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_attachments_ticket')

    op.drop_table('ticket_attachments')
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_index('ix_tickets_status')
        batch_op.drop_index('ix_tickets_resolved')
        batch_op.drop_index('ix_tickets_priority')
        batch_op.drop_index('ix_tickets_playbook')
        batch_op.drop_index('ix_tickets_opened')
        batch_op.drop_index('ix_tickets_kind')
        batch_op.drop_index('ix_tickets_incident')
        batch_op.drop_index('ix_tickets_due', sqlite_where=sa.text("status IN ('open', 'assigned', 'in-progress')"), postgresql_where=sa.text("status IN ('open', 'assigned', 'in-progress')"))
        batch_op.drop_index('ix_tickets_device')
        batch_op.drop_index('ix_tickets_department')
        batch_op.drop_index('ix_tickets_cause')
        batch_op.drop_index('ix_tickets_assignee')

    op.drop_table('tickets')
    op.drop_table('ticket_folios')
    op.drop_table('preventive_marks')
    with op.batch_alter_table('preventive_jobs', schema=None) as batch_op:
        batch_op.drop_index('ix_preventive_jobs_state_due')
        batch_op.drop_index('ix_preventive_jobs_folio')

    op.drop_table('preventive_jobs')
    op.drop_table('playbook_texts')
    op.drop_table('audit_head')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_subject')
        batch_op.drop_index('ix_audit_at')
        batch_op.drop_index('ix_audit_actor')
        batch_op.drop_index('ix_audit_action')

    op.drop_table('audit')
